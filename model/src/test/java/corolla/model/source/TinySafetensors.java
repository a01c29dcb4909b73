package corolla.model.source;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Safetensors files of small f32 tensors for tests. */
final class TinySafetensors {
    private static final int ELEMENTS = 50;

    private TinySafetensors() {}

    /** Tensors of 50 elements, one after another; each is filled with the first number in its name. */
    static byte[] of(String... names) {
        List<String> entries = new ArrayList<>();
        ByteBuffer data = ByteBuffer.allocate(names.length * ELEMENTS * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (String name : names) {
            int start = data.position();
            for (int i = 0; i < ELEMENTS; i++) {
                data.putFloat(value(name));
            }
            entries.add("\"" + name + "\":{\"dtype\":\"F32\",\"shape\":[" + ELEMENTS + "],\"data_offsets\":[" + start
                    + "," + data.position() + "]}");
        }
        byte[] json = ("{" + String.join(",", entries) + "}").getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + data.capacity())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .put(data.array())
                .array();
    }

    static float value(String name) {
        String digits = name.replaceAll("\\D+", "");
        return digits.isEmpty() ? -1 : Float.parseFloat(digits);
    }
}
