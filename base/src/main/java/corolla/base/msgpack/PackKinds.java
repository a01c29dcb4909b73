package corolla.base.msgpack;

import corolla.base.ProtocolException;

/** Says in one message what was expected and what was there instead; never the value itself, which may be a user's. */
final class PackKinds {
    private PackKinds() {}

    static ProtocolException mismatch(String expected, Pack found) {
        return new ProtocolException("expected " + expected + " in MessagePack, found " + name(found));
    }

    private static String name(Pack pack) {
        return switch (pack) {
            case Pack.Nil _ -> "nil";
            case Pack.Bool _ -> "a boolean";
            case Pack.Int _ -> "an integer";
            case Pack.Unsigned _ -> "an integer above 2^63 - 1";
            case Pack.Float _ -> "a float";
            case Pack.Text _ -> "text";
            case Pack.Bytes bytes -> bytes.value().length + " bytes";
            case Pack.Sequence list -> "a list of " + list.elements().size();
            case Pack.Tuple tuple -> "a tuple of " + tuple.elements().size();
            case Pack.Dictionary map -> "a map of " + map.entries().size();
            case Pack.Extension extension -> "extension " + extension.code();
        };
    }
}
