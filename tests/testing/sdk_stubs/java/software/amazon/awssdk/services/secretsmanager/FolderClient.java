package software.amazon.awssdk.services.secretsmanager;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.function.Consumer;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.secretsmanager.model.GetSecretValueRequest;
import software.amazon.awssdk.services.secretsmanager.model.GetSecretValueResponse;

/** Asks the folder that STUB_STORE names: a file for each secret, as bytes where its name ends in .bin. */
final class FolderClient implements SecretsManagerClient {
    @Override
    public GetSecretValueResponse getSecretValue(Consumer<GetSecretValueRequest.Builder> request) {
        String[] asked = new String[1];
        request.accept(new GetSecretValueRequest.Builder() {
            @Override
            public GetSecretValueRequest.Builder secretId(String secretId) {
                asked[0] = secretId;
                return this;
            }
        });
        String folder = System.getenv("STUB_STORE");
        Path path = Paths.get(folder == null ? "/nowhere" : folder, asked[0].replace('/', '_'));
        try {
            Path binary = Paths.get(path + ".bin");
            return Files.exists(binary)
                ? new GetSecretValueResponse(null, new SdkBytes(Files.readAllBytes(binary)))
                : new GetSecretValueResponse(new String(Files.readAllBytes(path)), null);
        } catch (IOException missing) {
            throw new AwsServiceException("ResourceNotFoundException");
        }
    }
}
