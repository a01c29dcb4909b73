package corolla.p2p.yamux;

import corolla.base.ProtocolException;

/** Frame headers: 12 bytes of version, type, flags, stream and length, all big-endian. */
final class YamuxMessages {
    static final int HEADER_BYTES = 12;
    static final int WINDOW_BYTES = 256 * 1024;

    static final int SYN = 1;
    static final int ACK = 2;
    static final int FIN = 4;
    static final int RST = 8;

    private static final int DATA = 0;
    private static final int WINDOW_UPDATE = 1;
    private static final int PING = 2;
    private static final int GO_AWAY = 3;

    private YamuxMessages() {}

    /** What a header says. Stream ids and lengths are unsigned on the wire. */
    sealed interface Frame {

        /**
         * Payload of a stream.
         *
         * @param length bytes that follow the header
         */
        record Data(int stream, int flags, long length) implements Frame {}

        /** More window for a stream, or only its flags. */
        record WindowUpdate(int stream, int flags, long delta) implements Frame {}

        /** A sign of life, or the answer to one. */
        record Ping(boolean isAnswer, int value) implements Frame {}

        /** No more streams. */
        record GoAway(long reason) implements Frame {}
    }

    static final int REASON_NORMAL = 0;
    static final int REASON_PROTOCOL_ERROR = 1;

    static Frame decode(byte[] header, int at) throws ProtocolException {
        if (header[at] != 0) {
            throw new ProtocolException("yamux version " + (header[at] & 255) + ", expected 0");
        }
        int flags = (header[at + 2] & 255) << 8 | (header[at + 3] & 255);
        int stream = getInt(header, at + 4);
        long length = getInt(header, at + 8) & 0xffff_ffffL;
        return switch (header[at + 1]) {
            case DATA -> new Frame.Data(stream, flags, length);
            case WINDOW_UPDATE -> new Frame.WindowUpdate(stream, flags, length);
            case PING -> new Frame.Ping((flags & ACK) != 0, (int) length);
            case GO_AWAY -> new Frame.GoAway(length);
            default ->
                throw new ProtocolException("yamux frame of type " + (header[at + 1] & 255) + ", expected 0 to 3");
        };
    }

    /** Writes the header and returns where its end is. */
    static int encode(Frame frame, byte[] into, int at) {
        return switch (frame) {
            case Frame.Data data -> put(into, at, DATA, data.flags, data.stream, data.length);
            case Frame.WindowUpdate update -> put(into, at, WINDOW_UPDATE, update.flags, update.stream, update.delta);
            case Frame.Ping ping -> put(into, at, PING, ping.isAnswer ? ACK : SYN, 0, ping.value);
            case Frame.GoAway away -> put(into, at, GO_AWAY, 0, 0, away.reason);
        };
    }

    private static int put(byte[] into, int at, int type, int flags, int stream, long length) {
        into[at] = 0;
        into[at + 1] = (byte) type;
        into[at + 2] = (byte) (flags >>> 8);
        into[at + 3] = (byte) flags;
        putInt(into, at + 4, stream);
        putInt(into, at + 8, (int) length);
        return at + HEADER_BYTES;
    }

    private static int getInt(byte[] bytes, int at) {
        return bytes[at] << 24 | (bytes[at + 1] & 255) << 16 | (bytes[at + 2] & 255) << 8 | (bytes[at + 3] & 255);
    }

    private static void putInt(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >>> 24);
        bytes[at + 1] = (byte) (value >>> 16);
        bytes[at + 2] = (byte) (value >>> 8);
        bytes[at + 3] = (byte) value;
    }
}
