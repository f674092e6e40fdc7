package software.amazon.awssdk.services.secretsmanager;

import java.util.function.Consumer;
import software.amazon.awssdk.services.secretsmanager.model.GetSecretValueRequest;
import software.amazon.awssdk.services.secretsmanager.model.GetSecretValueResponse;

/** Asks a store. */
public interface SecretsManagerClient {
    static SecretsManagerClientBuilder builder() {
        return new SecretsManagerClientBuilder();
    }

    GetSecretValueResponse getSecretValue(Consumer<GetSecretValueRequest.Builder> request);
}
