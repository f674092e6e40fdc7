package software.amazon.awssdk.services.secretsmanager;

import java.util.function.Consumer;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;

/** Makes a client. */
public final class SecretsManagerClientBuilder {
    public SecretsManagerClientBuilder overrideConfiguration(Consumer<ClientOverrideConfiguration.Builder> told) {
        told.accept(new ClientOverrideConfiguration.Builder() {
            @Override
            public ClientOverrideConfiguration.Builder apiCallTimeout(java.time.Duration timeout) {
                return this;
            }
        });
        return this;
    }

    public SecretsManagerClient build() {
        return new FolderClient();
    }
}
