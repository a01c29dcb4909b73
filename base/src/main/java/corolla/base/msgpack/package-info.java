/**
 * hivemind's profile of <a href="https://github.com/msgpack/msgpack/blob/master/spec.md">MessagePack</a>, the form of all DHT
 * keys, subkeys and values and of the metadata of Petals' requests. What it adds to the standard: a <em>tuple</em> is an
 * extension of code {@code 0x40} whose payload is an array, and lists and tuples are different values. Everything is written
 * in its one shortest form, because keys are hashed and subkeys are written again before signatures are checked; floats always
 * have 64 bits. The bytes are msgpack-core's work. Start with {@link corolla.base.msgpack.Pack}.
 *
 * <pre>{@code
 * Pack info = Pack.tuple(2, 1.5, Pack.map().put("start_block", 0).put("public_name", null).build());
 * byte[] bytes = info.encode();
 * long state = Pack.decode(bytes).asList().get(0).asLong();
 * }</pre>
 */
@NullMarked
package corolla.base.msgpack;

import org.jspecify.annotations.NullMarked;
