package corolla.p2p.internal;

/** How messages on a stream announce their length. */
public enum MessageForm {
    /** {@code uvarint(length) | message}: protobuf's delimited messages. */
    DELIMITED {
        @Override
        boolean isComplete(byte[] head, int count) {
            return count > 0 && (head[count - 1] & 0x80) == 0;
        }

        @Override
        long length(byte[] head, int count) {
            long length = 0;
            for (int i = count - 1; i >= 0; i--) {
                length = (length << 7) | (head[i] & 0x7f);
            }
            return length;
        }
    },

    /** {@code marker u8 | length u64 BE | message}: hivemind's streaming calls. */
    MARKED {
        @Override
        boolean isComplete(byte[] head, int count) {
            return count == 1 + Long.BYTES;
        }

        @Override
        long length(byte[] head, int count) {
            long length = 0;
            for (int i = 1; i < count; i++) {
                length = (length << 8) | (head[i] & 0xff);
            }
            return length;
        }
    };

    static final int HEAD_BYTES_MAX = 9;

    abstract boolean isComplete(byte[] head, int count);

    /** The length that a complete head announces; what does not fit is negative. */
    abstract long length(byte[] head, int count);
}
