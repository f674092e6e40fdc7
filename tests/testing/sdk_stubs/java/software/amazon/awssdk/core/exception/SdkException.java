package software.amazon.awssdk.core.exception;

/** What every failure of the SDK is. */
public class SdkException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    protected SdkException(String message) {
        super(message);
    }
}
