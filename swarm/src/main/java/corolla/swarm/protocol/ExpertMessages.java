package corolla.swarm.protocol;

import corolla.base.ProtocolException;
import corolla.base.protobuf.ProtoReader;
import corolla.base.protobuf.ProtoWriter;
import corolla.swarm.codec.WireTensor;
import java.util.ArrayList;
import java.util.List;

/** The protobuf forms of requests and answers. Tensors of a message that was read borrow its bytes. */
public final class ExpertMessages {
    private static final byte[] EMPTY = {};

    private ExpertMessages() {}

    public static byte[] write(ExpertRequest request) {
        var writer = new ProtoWriter().stringIfSet(1, request.uid());
        return writeTensors(writer, request.tensors())
                .bytesIfSet(3, request.metadata())
                .toByteArray();
    }

    public static byte[] write(ExpertResponse response) {
        return writeTensors(new ProtoWriter(), response.tensors())
                .bytesIfSet(3, response.metadata())
                .toByteArray();
    }

    private static ProtoWriter writeTensors(ProtoWriter writer, List<WireTensor> tensors) {
        for (WireTensor tensor : tensors) {
            writer.message(2, tensor.write());
        }
        return writer;
    }

    public static ExpertRequest readRequest(byte[] bytes) throws ProtocolException {
        String uid = "";
        byte[] metadata = EMPTY;
        var tensors = new ArrayList<WireTensor>(3);
        ProtoReader reader = ProtoReader.of(bytes);
        while (reader.next() != 0) {
            switch (reader.field()) {
                case 1 -> uid = reader.string();
                case 2 -> addTensor(tensors, reader);
                case 3 -> metadata = readMetadata(reader);
                default -> reader.skip();
            }
        }
        return new ExpertRequest(uid, tensors, metadata);
    }

    public static ExpertResponse readResponse(byte[] bytes) throws ProtocolException {
        byte[] metadata = EMPTY;
        var tensors = new ArrayList<WireTensor>(1);
        ProtoReader reader = ProtoReader.of(bytes);
        while (reader.next() != 0) {
            switch (reader.field()) {
                case 2 -> addTensor(tensors, reader);
                case 3 -> metadata = readMetadata(reader);
                default -> reader.skip();
            }
        }
        return new ExpertResponse(tensors, metadata);
    }

    private static void addTensor(List<WireTensor> tensors, ProtoReader reader) throws ProtocolException {
        if (tensors.size() == SwarmLimits.TENSORS_MAX) {
            throw new ProtocolException("a message has more than " + SwarmLimits.TENSORS_MAX + " tensors");
        }
        tensors.add(WireTensor.read(reader.message()));
    }

    private static byte[] readMetadata(ProtoReader reader) throws ProtocolException {
        byte[] metadata = reader.bytes();
        if (metadata.length > SwarmLimits.METADATA_BYTES_MAX) {
            throw new ProtocolException(
                    "metadata of " + metadata.length + " bytes exceeds " + SwarmLimits.METADATA_BYTES_MAX);
        }
        return metadata;
    }

    /** The request of {@code rpc_info}: a block uid, or nothing. */
    public static byte[] writeUid(String uid) {
        return new ProtoWriter().stringIfSet(1, uid).toByteArray();
    }

    public static String readUid(byte[] bytes) throws ProtocolException {
        String uid = "";
        ProtoReader reader = ProtoReader.of(bytes);
        while (reader.next() != 0) {
            switch (reader.field()) {
                case 1 -> uid = reader.string();
                default -> reader.skip();
            }
        }
        return uid;
    }

    /** The answer of {@code rpc_info} around its map; see {@link RpcInfo}. */
    public static byte[] writeInfo(byte[] serializedInfo) {
        return new ProtoWriter().bytesIfSet(1, serializedInfo).toByteArray();
    }

    public static byte[] readInfo(byte[] bytes) throws ProtocolException {
        byte[] info = EMPTY;
        ProtoReader reader = ProtoReader.of(bytes);
        while (reader.next() != 0) {
            switch (reader.field()) {
                case 1 -> info = readMetadata(reader);
                default -> reader.skip();
            }
        }
        return info;
    }
}
