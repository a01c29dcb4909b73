package corolla.p2p.yamux;

import corolla.base.ProtocolException;

/** Cuts decrypted bytes into frames, whatever the pieces in which they come. Confined to the connection's reader. */
final class FrameParser {

    /** Who is told. */
    interface Sink {
        /** Takes the next header, and tells how many bytes of payload follow it. */
        long header(YamuxMessages.Frame frame) throws ProtocolException;

        /** A piece of the payload of the frame that came last. */
        void payload(byte[] bytes, int from, int count) throws ProtocolException;

        /** The frame that came last is complete. */
        void end() throws ProtocolException;
    }

    private final byte[] header = new byte[YamuxMessages.HEADER_BYTES];
    private int headerCount;
    private long payloadLeft;

    void feed(byte[] bytes, int from, int count, Sink sink) throws ProtocolException {
        int at = from;
        int end = from + count;
        while (at < end) {
            if (payloadLeft > 0) {
                int part = (int) Math.min(payloadLeft, end - at);
                sink.payload(bytes, at, part);
                at += part;
                payloadLeft -= part;
            } else {
                int part = Math.min(header.length - headerCount, end - at);
                System.arraycopy(bytes, at, header, headerCount, part);
                at += part;
                headerCount += part;
                if (headerCount < header.length) {
                    return;
                }
                headerCount = 0;
                payloadLeft = sink.header(YamuxMessages.decode(header, 0));
            }
            if (payloadLeft == 0) {
                sink.end();
            }
        }
    }
}
