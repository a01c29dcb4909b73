/**
 * Protocol Buffers for messages that are written by hand: every protocol's {@code XxxMessages} class reads and writes its own
 * records with these two, so the wire form stands beside the record and no code generator is needed. The encoding itself is
 * protobuf-java's (<a href="https://protobuf.dev/programming-guides/encoding/">specification</a>).
 *
 * <pre>{@code
 * byte[] bytes = new ProtoWriter().bytes(1, key).varintIfSet(2, count).toByteArray();
 *
 * ProtoReader reader = ProtoReader.of(bytes);
 * while (reader.next() != 0) {
 *     switch (reader.field()) {
 *         case 1 -> key = reader.bytes();
 *         case 2 -> count = reader.varint();
 *         default -> reader.skip();
 *     }
 * }
 * }</pre>
 */
@NullMarked
package corolla.base.protobuf;

import org.jspecify.annotations.NullMarked;
