package software.amazon.awssdk.core.client.config;

import java.time.Duration;

/** What a client is told beyond its defaults. */
public final class ClientOverrideConfiguration {
    private ClientOverrideConfiguration() {
    }

    /** Takes it. */
    public interface Builder {
        Builder apiCallTimeout(Duration timeout);
    }
}
