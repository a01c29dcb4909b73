package corolla.bench.blocks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;

/** The figures as text. */
record BlocksReport(String kernels, int threads, List<BlocksRow> rows) {

    BlocksReport {
        rows = List.copyOf(rows);
    }

    /** Decoding of all, then products of all. */
    String markdown() {
        StringBuilder text = new StringBuilder();
        text.append(String.format(Locale.ROOT, "%d threads, %s%n%n", threads, kernels));
        text.append("Decoding: GB/s of weights (share of the read speed in the same rounds)\n\n");
        text.append("| block | type | MB | read | 1 token | 4 tokens | 8 tokens |\n|---|---|---|---|---|---|---|\n");
        rows.forEach(row -> text.append(decoding(row)));
        text.append("\nProducts: GFLOP/s forward, backward (share of oneDNN's own matmul)\n\n");
        text.append("| block | type | tokens | forward | backward |\n|---|---|---|---|---|\n");
        rows.forEach(row -> text.append(products(row)));
        return text.toString();
    }

    /** The line of one row in the first table. */
    static String decoding(BlocksRow row) {
        return String.format(
                Locale.ROOT,
                "| %s | %s | %.1f | %.1f | %s | %s | %s |%n",
                row.shape(),
                row.type(),
                row.blockBytes() / 1e6,
                row.read() / 1e9,
                share(row.decode(), row.read()),
                share(row.decodeFour(), row.read()),
                share(row.decodeEight(), row.read()));
    }

    /** The lines of one row in the second table. */
    static String products(BlocksRow row) {
        StringBuilder text = new StringBuilder();
        for (BlocksRow.Cell cell : row.cells()) {
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %d | %s | %s |%n",
                    row.shape(),
                    row.type(),
                    cell.tokens(),
                    share(cell.forward(), cell.oneDnnForward()),
                    share(cell.backward(), cell.oneDnnBackward())));
        }
        return text.toString();
    }

    private static String share(double speed, double limit) {
        String number = String.format(Locale.ROOT, "%.1f", speed / 1e9);
        return Double.isNaN(limit) ? number : number + String.format(Locale.ROOT, " (%.0f %%)", 100 * speed / limit);
    }

    /** The same with all digits. */
    String json() throws JsonProcessingException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode object = mapper.createObjectNode();
        object.put("kernels", kernels).put("threads", threads);
        ArrayNode list = object.putArray("rows");
        for (BlocksRow row : rows) {
            ObjectNode node = list.addObject();
            node.put("block", row.shape()).put("type", row.type().name()).put("block_bytes", row.blockBytes());
            node.put("read_bytes_per_s", row.read()).put("decode_bytes_per_s", row.decode());
            node.put("decode_4_bytes_per_s", row.decodeFour()).put("decode_8_bytes_per_s", row.decodeEight());
            ArrayNode cells = node.putArray("products");
            for (BlocksRow.Cell cell : row.cells()) {
                ObjectNode part = cells.addObject().put("tokens", cell.tokens());
                put(part, "forward_flops", cell.forward());
                put(part, "backward_flops", cell.backward());
                put(part, "onednn_forward_flops", cell.oneDnnForward());
                put(part, "onednn_backward_flops", cell.oneDnnBackward());
            }
        }
        return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(object) + "\n";
    }

    private static void put(ObjectNode node, String name, double value) {
        if (!Double.isNaN(value)) {
            node.put(name, value);
        }
    }
}
