package software.amazon.awssdk.awscore.exception;

/** What a service says of a failure. */
public final class AwsErrorDetails {
    private final String code;

    AwsErrorDetails(String code) {
        this.code = code;
    }

    public String errorCode() {
        return code;
    }
}
