package software.amazon.awssdk.core;

/** Bytes. */
public final class SdkBytes {
    private final byte[] bytes;

    public SdkBytes(byte[] bytes) {
        this.bytes = bytes;
    }

    public byte[] asByteArray() {
        return bytes.clone();
    }
}
