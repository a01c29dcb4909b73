package corolla.bench.blocks;

import java.util.List;

/** Sizes of a Llama block. */
record BlockShape(String name, int hidden, int heads, int kvHeads, int headSize, int inner) {

    /** Of Llama-3.2-1B and of Llama-2-7B. */
    static final List<BlockShape> ALL = List.of(
            new BlockShape("Llama-1B", 2048, 32, 8, 64, 8192), new BlockShape("Llama-7B", 4096, 32, 32, 128, 11008));

    int qkv() {
        return (heads + 2 * kvHeads) * headSize;
    }

    int attended() {
        return heads * headSize;
    }

    /** Multiply-adds of a token's products. */
    long weights() {
        return (long) hidden * qkv() + (long) attended() * hidden + 3L * hidden * inner;
    }

    /** (outputs, inputs) of the four products. */
    List<int[]> products() {
        return List.of(
                new int[] {qkv(), hidden}, new int[] {hidden, attended()}, new int[] {2 * inner, hidden}, new int[] {
                    hidden, inner
                });
    }
}
