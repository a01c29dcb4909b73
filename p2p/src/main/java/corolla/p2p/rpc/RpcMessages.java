package corolla.p2p.rpc;

import corolla.base.ProtocolException;
import corolla.base.multiformat.Varint;
import corolla.base.protobuf.ProtoReader;
import corolla.base.protobuf.ProtoWriter;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The envelopes of unary calls and the frames of streaming ones: bytes to records and back. */
final class RpcMessages {
    static final int CALL_ID_BYTES = 16;

    /** A frame that carries a message. */
    static final byte MARKER_MESSAGE = 0;

    /** A frame that carries an error, or ends the requests. */
    static final byte MARKER_END = 1;

    private static final int TAG_CALL_ID = 1 << 3 | 2;
    private static final int TAG_REQUEST = 3 << 3 | 2;
    private static final int TAG_RESPONSE = 4 << 3 | 2;

    private RpcMessages() {}

    /**
     * A unary request as it arrived. The callee's peer id in it means nothing and is dropped.
     *
     * @param data the request itself
     */
    record UnaryRequest(byte[] callId, String name, byte[] data) {}

    /** What came back. */
    sealed interface UnaryResponse {
        record Success(byte[] callId, byte[] data) implements UnaryResponse {}

        record Failure(byte[] callId, String text) implements UnaryResponse {}
    }

    /** All of a delimited unary request but its last {@code dataBytes} bytes, which are the data: it need not be copied. */
    static byte[] requestHead(byte[] callId, byte[] callee, String name, int dataBytes) {
        ByteArrayOutputStream call = new ByteArrayOutputStream();
        writeBytes(call, 1 << 3 | 2, callee);
        writeBytes(call, 2 << 3 | 2, name.getBytes(StandardCharsets.UTF_8));
        call.write(3 << 3 | 2);
        Varint.write(dataBytes, call);
        return envelopeHead(callId, TAG_REQUEST, call, dataBytes);
    }

    /** All of a delimited unary response but its data. */
    static byte[] responseHead(byte[] callId, int dataBytes) {
        return answerHead(callId, 1 << 3 | 2, dataBytes);
    }

    /** All of a delimited unary error but its text in UTF-8. */
    static byte[] errorHead(byte[] callId, int textBytes) {
        return answerHead(callId, 2 << 3 | 2, textBytes);
    }

    private static byte[] answerHead(byte[] callId, int tag, int dataBytes) {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        answer.write(tag);
        Varint.write(dataBytes, answer);
        return envelopeHead(callId, TAG_RESPONSE, answer, dataBytes);
    }

    private static byte[] envelopeHead(byte[] callId, int tag, ByteArrayOutputStream part, int dataBytes) {
        ByteArrayOutputStream envelope = new ByteArrayOutputStream();
        writeBytes(envelope, TAG_CALL_ID, callId);
        envelope.write(tag);
        Varint.write(part.size() + (long) dataBytes, envelope);
        envelope.writeBytes(part.toByteArray());
        ByteArrayOutputStream delimited = new ByteArrayOutputStream();
        Varint.write(envelope.size() + (long) dataBytes, delimited);
        delimited.writeBytes(envelope.toByteArray());
        return delimited.toByteArray();
    }

    private static void writeBytes(ByteArrayOutputStream out, int tag, byte[] bytes) {
        out.write(tag);
        Varint.write(bytes.length, out);
        out.writeBytes(bytes);
    }

    static UnaryRequest decodeRequest(byte[] message) throws ProtocolException {
        byte[] callId = null;
        UnaryRequest call = null;
        ProtoReader reader = ProtoReader.of(message);
        while (reader.next() != 0) {
            switch (reader.field()) {
                case 1 -> callId = callId(reader.bytes());
                case 3 -> call = decodeCall(reader.message());
                default -> reader.skip();
            }
        }
        if (callId == null || call == null) {
            throw new ProtocolException("a unary request lacks its call id or its call");
        }
        return new UnaryRequest(callId, call.name, call.data);
    }

    private static UnaryRequest decodeCall(ProtoReader reader) throws ProtocolException {
        boolean hasPeer = false;
        String name = null;
        byte[] data = null;
        while (reader.next() != 0) {
            switch (reader.field()) {
                case 1 -> {
                    reader.skip();
                    hasPeer = true;
                }
                case 2 -> name = reader.string();
                case 3 -> data = reader.bytes();
                default -> reader.skip();
            }
        }
        if (!hasPeer || name == null || data == null) {
            throw new ProtocolException("a unary call lacks its peer, its name or its data");
        }
        return new UnaryRequest(new byte[0], name, data);
    }

    static UnaryResponse decodeResponse(byte[] message) throws ProtocolException {
        byte[] callId = null;
        UnaryResponse response = null;
        ProtoReader reader = ProtoReader.of(message);
        while (reader.next() != 0) {
            switch (reader.field()) {
                case 1 -> callId = callId(reader.bytes());
                case 4 -> response = decodeAnswer(reader.message());
                default -> reader.skip();
            }
        }
        if (callId == null || response == null) {
            throw new ProtocolException("a unary response lacks its call id or its answer");
        }
        return switch (response) {
            case UnaryResponse.Success success -> new UnaryResponse.Success(callId, success.data);
            case UnaryResponse.Failure failure -> new UnaryResponse.Failure(callId, failure.text);
        };
    }

    /** Of several members of a protobuf {@code oneof} the last one counts. */
    private static @Nullable UnaryResponse decodeAnswer(ProtoReader reader) throws ProtocolException {
        UnaryResponse answer = null;
        while (reader.next() != 0) {
            switch (reader.field()) {
                case 1 -> answer = new UnaryResponse.Success(new byte[0], reader.bytes());
                case 2 -> answer = new UnaryResponse.Failure(new byte[0], text(reader.bytes()));
                default -> reader.skip();
            }
        }
        return answer;
    }

    private static byte[] callId(byte[] bytes) throws ProtocolException {
        if (bytes.length != CALL_ID_BYTES) {
            throw new ProtocolException("a call id has " + bytes.length + " bytes instead of " + CALL_ID_BYTES);
        }
        return bytes;
    }

    /** Error texts are shown to people: what is not UTF-8 in them is replaced, not refused. */
    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static byte[] frameHead(byte marker, long length) {
        return ByteBuffer.allocate(1 + Long.BYTES).put(marker).putLong(length).array();
    }

    /** The payload of an error frame. */
    static byte[] encodeError(String text) {
        return new ProtoWriter().string(1, text).toByteArray();
    }

    /** The text of an error frame, which may be missing. */
    static String decodeError(byte[] payload) throws ProtocolException {
        String text = "";
        ProtoReader reader = ProtoReader.of(payload);
        while (reader.next() != 0) {
            if (reader.field() == 1) {
                text = text(reader.bytes());
            } else {
                reader.skip();
            }
        }
        return text;
    }
}
