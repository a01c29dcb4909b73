package corolla.tensor;

/** Sizes and code points of {@link DType#NF4} (QLoRA, Dettmers et al. 2023, §3 and appendix E). */
public final class NormalFloat {
    /** Columns that share a scale. */
    public static final int BLOCK = 64;

    /** Scales that share a mean and a scale of their own. */
    public static final int SCALES_PER_GROUP = 256;

    /** The code of zero. */
    public static final int ZERO = 7;

    private static final int GROUP_BYTES = 2 * Float.BYTES;

    /** Quantiles of the normal distribution, the same mass between two neighbours, with an exact zero; the paper's table. */
    private static final float[] POINTS = {
        -1.0f,
        -0.6961928f,
        -0.52507305f,
        -0.3949175f,
        -0.28444138f,
        -0.18477343f,
        -0.091050036f,
        0.0f,
        0.0795803f,
        0.1609302f,
        0.2461123f,
        0.33791524f,
        0.44070983f,
        0.562617f,
        0.72295684f,
        1.0f
    };

    private NormalFloat() {}

    /** What a code from 0 to 15 stands for, between -1 and 1. */
    public static float point(int code) {
        return POINTS[code];
    }

    /** The code whose point is nearest; the lower of two. */
    public static int nearest(float value) {
        int code = 0;
        while (code < POINTS.length - 1 && value > (POINTS[code] + POINTS[code + 1]) / 2) {
            code++;
        }
        return code;
    }

    /** Blocks of a row, the last one maybe shorter. */
    public static int blocks(long columns) {
        return Math.toIntExact((columns + BLOCK - 1) / BLOCK);
    }

    /** Groups of scales of a row, the last one maybe shorter. */
    public static int groups(long columns) {
        return (blocks(columns) + SCALES_PER_GROUP - 1) / SCALES_PER_GROUP;
    }

    /** Where a row's scales begin, after its codes. */
    public static long scalesStart(long columns) {
        return (columns + 1) / 2;
    }

    /** Where a row's groups of scales begin, after its scales. */
    public static long groupsStart(long columns) {
        return scalesStart(columns) + blocks(columns);
    }

    static long rowBytes(long columns) {
        return groupsStart(columns) + (long) GROUP_BYTES * groups(columns);
    }
}
