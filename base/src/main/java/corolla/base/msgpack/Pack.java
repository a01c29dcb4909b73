package corolla.base.msgpack;

import corolla.base.ProtocolException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A MessagePack value. Immutable, except that arrays are borrowed, never copied: nobody writes to them. Equality is by
 * value, arrays included, so that values serve as keys of maps.
 *
 * <p>The {@code as…} methods are for reading what a peer sent: a value of another kind is a {@link ProtocolException} that
 * names both. Use a {@code switch} where several kinds are right.
 */
public sealed interface Pack {

    /** Python's None. */
    record Nil() implements Pack {}

    record Bool(boolean value) implements Pack {}

    record Int(long value) implements Pack {}

    /**
     * An integer from 2⁶³ to 2⁶⁴ - 1, which no {@code long} can hold.
     *
     * @param bits negative when read as a signed number
     */
    record Unsigned(long bits) implements Pack {
        public Unsigned {
            if (bits >= 0) {
                throw new IllegalArgumentException(bits + " fits in Int, the only form for it");
            }
        }
    }

    @SuppressWarnings("JavaLangClash") // Python's name for a double; it is always written Pack.Float
    record Float(double value) implements Pack {}

    record Text(String value) implements Pack {}

    /** A byte string; equal to another of the same bytes. */
    record Bytes(byte[] value) implements Pack {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Bytes that && Arrays.equals(value, that.value);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(value);
        }

        @Override
        public String toString() {
            return "Bytes[" + HexFormat.of().formatHex(value) + "]";
        }
    }

    /** Python's list. */
    record Sequence(List<Pack> elements) implements Pack {
        public Sequence {
            elements = List.copyOf(elements);
        }
    }

    /** Python's tuple: extension 0x40 around an array. */
    record Tuple(List<Pack> elements) implements Pack {
        /** The extension code of a tuple. */
        public static final byte CODE = 0x40;

        public Tuple {
            elements = List.copyOf(elements);
        }
    }

    /** A map that keeps the order of insertion, on the wire too. Equal to another of the same entries in any order. */
    record Dictionary(Map<Pack, Pack> entries) implements Pack {
        public Dictionary {
            entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
        }
    }

    /** Any extension but the tuple's, its payload unread; equal to another of the same code and payload. */
    record Extension(byte code, byte[] payload) implements Pack {
        public Extension {
            if (code == Tuple.CODE) {
                throw new IllegalArgumentException("extension 0x40 is a Tuple, the only form for it");
            }
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Extension that && code == that.code && Arrays.equals(payload, that.payload);
        }

        @Override
        public int hashCode() {
            return 31 * code + Arrays.hashCode(payload);
        }

        @Override
        public String toString() {
            return "Extension[" + code + ", " + HexFormat.of().formatHex(payload) + "]";
        }
    }

    /**
     * Reads one value that fills {@code bytes} exactly.
     *
     * @throws ProtocolException when they are malformed, nested deeper than {@value PackReader#DEPTH_MAX} or larger than
     *     {@value PackReader#BYTES_MAX} bytes
     */
    static Pack decode(byte[] bytes) throws ProtocolException {
        return PackReader.decode(bytes);
    }

    /** The one canonical form of this value. */
    default byte[] encode() {
        return PackWriter.encode(this);
    }

    /**
     * The value for a Java object: null, Boolean, an integer of up to 64 bits, Double, Float, String, {@code byte[]}, List (a
     * list, not a tuple), Map, or a Pack, which stays as it is.
     *
     * @throws IllegalArgumentException for any other class
     */
    static Pack of(@Nullable Object value) {
        return switch (value) {
            case null -> new Nil();
            case Pack pack -> pack;
            case Boolean bool -> new Bool(bool);
            case Long number -> new Int(number);
            case Integer number -> new Int(number);
            case Short number -> new Int(number);
            case Byte number -> new Int(number);
            case Double number -> new Float(number);
            case java.lang.Float number -> new Float(number);
            case String text -> new Text(text);
            case byte[] bytes -> new Bytes(bytes);
            case List<?> list -> new Sequence(all(list));
            case Map<?, ?> map -> {
                MapBuilder builder = map();
                map.forEach(builder::put);
                yield builder.build();
            }
            default ->
                throw new IllegalArgumentException(
                        "no MessagePack form for a " + value.getClass().getName());
        };
    }

    /** A tuple of the values for these objects, see {@link #of}. */
    static Tuple tuple(@Nullable Object... elements) {
        return new Tuple(all(Arrays.asList(elements)));
    }

    /** A list of the values for these objects, see {@link #of}. */
    static Sequence list(@Nullable Object... elements) {
        return new Sequence(all(Arrays.asList(elements)));
    }

    /** Starts a dictionary. */
    static MapBuilder map() {
        return new MapBuilder();
    }

    /** Collects the entries of a dictionary in order. Confined to one thread. */
    final class MapBuilder {
        private final Map<Pack, Pack> entries = new LinkedHashMap<>();

        private MapBuilder() {}

        /** Adds an entry; both sides as in {@link Pack#of}. */
        public MapBuilder put(@Nullable Object key, @Nullable Object value) {
            entries.put(of(key), of(value));
            return this;
        }

        public Dictionary build() {
            return new Dictionary(entries);
        }
    }

    default boolean isNil() {
        return this instanceof Nil;
    }

    default String asText() throws ProtocolException {
        if (this instanceof Text text) {
            return text.value;
        }
        throw PackKinds.mismatch("text", this);
    }

    default byte[] asBytes() throws ProtocolException {
        if (this instanceof Bytes bytes) {
            return bytes.value;
        }
        throw PackKinds.mismatch("bytes", this);
    }

    default long asLong() throws ProtocolException {
        if (this instanceof Int number) {
            return number.value;
        }
        throw PackKinds.mismatch("an integer of 64 bits", this);
    }

    /** An integer that fits in an {@code int}. */
    default int asInt() throws ProtocolException {
        long value = asLong();
        if (value != (int) value) {
            throw PackKinds.mismatch("an integer of 32 bits", this);
        }
        return (int) value;
    }

    /** A float, or an integer, as Python treats them; match {@link Float} where an integer is not allowed. */
    default double asDouble() throws ProtocolException {
        return switch (this) {
            case Float number -> number.value;
            case Int number -> number.value;
            default -> throw PackKinds.mismatch("a number", this);
        };
    }

    default boolean asBool() throws ProtocolException {
        if (this instanceof Bool bool) {
            return bool.value;
        }
        throw PackKinds.mismatch("a boolean", this);
    }

    /** The elements of a list or a tuple. */
    default List<Pack> asList() throws ProtocolException {
        return switch (this) {
            case Sequence sequence -> sequence.elements;
            case Tuple tuple -> tuple.elements;
            default -> throw PackKinds.mismatch("a list or a tuple", this);
        };
    }

    /** The entries of a dictionary. */
    default Map<Pack, Pack> asMap() throws ProtocolException {
        if (this instanceof Dictionary dictionary) {
            return dictionary.entries;
        }
        throw PackKinds.mismatch("a map", this);
    }

    /** The value under a text key of a dictionary; Nil where there is none. */
    default Pack get(String key) throws ProtocolException {
        Pack value = asMap().get(new Text(key));
        return value == null ? new Nil() : value;
    }

    private static List<Pack> all(List<?> values) {
        List<Pack> packs = new ArrayList<>(values.size());
        for (Object value : values) {
            packs.add(of(value));
        }
        return packs;
    }
}
