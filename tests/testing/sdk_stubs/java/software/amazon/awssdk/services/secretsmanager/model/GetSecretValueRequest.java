package software.amazon.awssdk.services.secretsmanager.model;

/** Says what is asked for. */
public final class GetSecretValueRequest {
    private GetSecretValueRequest() {
    }

    /** Takes it. */
    public interface Builder {
        Builder secretId(String secretId);
    }
}
