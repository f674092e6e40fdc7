package software.amazon.awssdk.awscore.exception;

import software.amazon.awssdk.core.exception.SdkException;

/** A failure that a service told. */
public class AwsServiceException extends SdkException {
    private static final long serialVersionUID = 1L;

    private final transient AwsErrorDetails details;

    public AwsServiceException(String code) {
        super(code);
        this.details = new AwsErrorDetails(code);
    }

    public AwsErrorDetails awsErrorDetails() {
        return details;
    }
}
