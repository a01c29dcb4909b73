package corolla.it.chaos;

import corolla.p2p.Host;
import corolla.p2p.Stream;
import corolla.p2p.StreamHandler;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertResponse;
import corolla.swarm.protocol.ServiceNames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A host on which answers of inference sessions get another shape when it is told to. Stateless. */
final class SpoiledHost {
    private SpoiledHost() {}

    static Host around(Host host, Spoils spoils) {
        return Between.of(Host.class, (method, arguments) -> {
            if (method.getName().equals("handle") && ServiceNames.INFERENCE.equals(arguments[0])) {
                StreamHandler handler = (StreamHandler) Objects.requireNonNull(arguments[1]);
                arguments[1] = (StreamHandler) stream -> handler.handle(spoiled(stream, spoils));
            }
            return Between.pass(host, method, arguments);
        });
    }

    private static Stream spoiled(Stream stream, Spoils spoils) {
        return Between.of(Stream.class, (method, arguments) -> {
            // A message of a streaming call is written as its head and its bytes (docs/wire/rpc.md).
            if (method.getName().equals("write") && arguments[1] instanceof byte[] message) {
                byte[] head = (byte[]) Objects.requireNonNull(arguments[0]);
                byte[] wrong = isMessage(head) ? spoil(message, spoils.take(Spoil.SHAPE::equals)) : message;
                arguments[0] = ByteBuffer.allocate(head.length)
                        .put(head[0])
                        .putLong(wrong.length)
                        .array();
                arguments[1] = wrong;
            }
            return Between.pass(stream, method, arguments);
        });
    }

    private static boolean isMessage(byte[] head) {
        return head[0] == 0;
    }

    private static byte[] spoil(byte[] message, @Nullable Spoil spoil) throws IOException {
        if (spoil == null) {
            return message;
        }
        ExpertResponse answer = ExpertMessages.readResponse(message);
        WireTensor tensor = answer.tensors().getFirst();
        long[] sizes = tensor.sizes();
        sizes[sizes.length - 1]++;
        byte[] bytes = tensor.buffer().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
        var wrong = WireTensor.of(bytes, tensor.dtype(), tensor.compression(), sizes);
        return ExpertMessages.write(new ExpertResponse(List.of(wrong), answer.metadata()));
    }
}
