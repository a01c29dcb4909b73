package corolla.cli.table3;

import corolla.cli.synthetic.ModelShape;

/**
 * What no program can surpass: weights and cache are read once for each step, and hidden states cross links that have a rate and a delay. Computing
 * is taken to cost nothing, so limits of large batches are those of the links. Pure.
 *
 * @param shape whose blocks
 * @param weightBytes of all blocks, as often as they are visited
 * @param readBytesPerSecond what the memory of one server gives
 */
public record Limits(ModelShape shape, double weightBytes, double readBytesPerSecond) {

    /** Of a cell's unit a second, where all blocks are in one process. */
    public double local(Cell cell) {
        return cell.tokens() / readSeconds(cell);
    }

    /** The same where {@code servers} share the blocks. */
    public double swarm(Cell cell, int servers, NetworkSetting setting) {
        double link = cell.kind() == Cell.Kind.STEPS ? pushed(servers, setting) : handed(cell, servers, setting);
        return cell.tokens() / (readSeconds(cell) + link);
    }

    /** The same where weights come over a bus for each step or forward, while others are computed with: Table 3's offloading. */
    public double offloaded(Cell cell, double bitsPerSecond) {
        double seconds = weightBytes * Byte.SIZE / bitsPerSecond;
        return cell.tokens() / Math.max(seconds, readSeconds(cell));
    }

    private double readSeconds(Cell cell) {
        double cached = cell.kind() == Cell.Kind.STEPS
                ? (double) shape.cacheBytesPerToken() * shape.blocks() * cell.length()
                : 0;
        return (weightBytes + cached) / readBytesPerSecond;
    }

    /** A step goes from the client along the chain and back: one link more than there are servers. */
    private double pushed(int servers, NetworkSetting setting) {
        double link = setting.oneWay().toNanos() / 1e9 + setting.seconds((double) shape.wireBytes());
        return (servers + 1) * link;
    }

    /**
     * A forward goes out to each server and back. One sequence travels alone; of many, some go out while others come back, and the client's link
     * is what they share.
     */
    private double handed(Cell cell, int servers, NetworkSetting setting) {
        double bytes = (double) cell.tokens() * shape.wireBytes();
        double ways = cell.batch() == 1 ? 2 : 1;
        return servers * (setting.roundTrip().toNanos() / 1e9 + ways * setting.seconds(bytes));
    }
}
