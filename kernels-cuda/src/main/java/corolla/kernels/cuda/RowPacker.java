package corolla.kernels.cuda;

import static corolla.kernels.cuda.PlaneFormat.CHUNK;

import corolla.tensor.DType;
import corolla.tensor.NormalFloat;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Codes;
import corolla.tensor.quant.KScales;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Re-packs rows of one type to planes. Confined: owns scratch. */
final class RowPacker {
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Where Q6_K's scales begin in a group, and where the one they multiply is. */
    private static final int SIX_BIT_SCALES = 192;

    private static final int SIX_BIT_SCALE = 208;

    private final PlaneFormat format;
    private final int columns;
    private final byte[] group;

    RowPacker(PlaneFormat format, int columns) {
        this.format = format;
        this.columns = columns;
        this.group = new byte[format.dtype().elementsPerGroup()];
    }

    /** Row {@code from} of a tensor becomes row {@code to} of planes. */
    void pack(Tensor tensor, long from, PlaneMemory planes, long to) {
        MemorySegment data = tensor.data();
        long at = from * tensor.rowBytes();
        switch (format.dtype()) {
            case F32, BF16, F16 -> copy(data, at, planes.codes(), to * format.codes(), tensor.rowBytes());
            case INT8 -> {
                copy(data, at, planes.codes(), to * format.codes(), columns);
                copy(data, at + columns, planes.scales(), to * format.scales(), Float.BYTES);
            }
            case NF4 -> {
                copy(data, at, planes.codes(), to * format.codes(), NormalFloat.scalesStart(columns));
                copy(
                        data,
                        at + NormalFloat.scalesStart(columns),
                        planes.scales(),
                        to * format.scales(),
                        format.scales());
                copy(data, at + NormalFloat.groupsStart(columns), planes.outer(), to * format.outer(), format.outer());
            }
            default -> packGroups(data, at, planes, to);
        }
    }

    private static void copy(MemorySegment from, long at, MemorySegment to, long toAt, long bytes) {
        MemorySegment.copy(from, at, to, toAt, bytes);
    }

    private void packGroups(MemorySegment data, long at, PlaneMemory planes, long row) {
        DType dtype = format.dtype();
        for (int i = 0; i < columns / group.length; i++) {
            long from = at + (long) i * dtype.bytesPerGroup();
            Codes.read(dtype, data, from, group);
            packCodes(planes, row, (long) i * group.length / CHUNK);
            switch (dtype) {
                case Q8_0, Q4_0 -> copy(data, from, planes.scales(), row * format.scales() + 2L * i, 2);
                case Q4_1 -> copy(data, from, planes.scales(), row * format.scales() + 4L * i, 4);
                case MXFP4 -> copy(data, from, planes.scales(), row * format.scales() + i, 1);
                case Q6_K -> {
                    copy(data, from + SIX_BIT_SCALES, planes.scales(), row * format.scales() + 16L * i, 16);
                    copy(data, from + SIX_BIT_SCALE, planes.outer(), row * format.outer() + 2L * i, 2);
                }
                case Q4_K, Q5_K -> {
                    packFactors(data, from, planes.scales(), row * format.scales() + 2L * KScales.PAIRS * i);
                    copy(data, from, planes.outer(), row * format.outer() + 4L * i, 4);
                }
                default -> throw new IllegalStateException(dtype + " has no groups");
            }
        }
    }

    /** Factors of scales and minimums, a byte each. */
    private static void packFactors(MemorySegment data, long from, MemorySegment to, long at) {
        for (int pair = 0; pair < KScales.PAIRS; pair++) {
            to.set(BYTE, at + 2L * pair, (byte) KScales.scaleFactor(data, from, pair));
            to.set(BYTE, at + 2L * pair + 1, (byte) KScales.minimumFactor(data, from, pair));
        }
    }

    private void packCodes(PlaneMemory planes, long row, long firstChunk) {
        if (format.dtype() == DType.Q8_0) {
            MemorySegment.copy(group, 0, planes.codes(), BYTE, row * format.codes() + firstChunk * CHUNK, group.length);
            return;
        }
        long codes = row * format.codes() + 4 * firstChunk;
        long high = row * format.high() + format.high() * firstChunk * CHUNK / columns;
        for (int i = 0; i < group.length; i += CHUNK) {
            int low = 0;
            int further = 0;
            for (int k = 0; k < CHUNK; k++) {
                low |= (group[i + k] & 15) << 4 * k;
                further |= (group[i + k] >> 4 & 3) << (format.dtype() == DType.Q6_K ? 2 * k : k);
            }
            planes.codes().set(INT, codes + i / 2, low);
            switch (format.dtype()) {
                case Q5_K -> planes.high().set(BYTE, high + i / CHUNK, (byte) further);
                case Q6_K -> planes.high().set(Tensor.SHORT, high + i / 4, (short) further);
                default -> {}
            }
        }
    }
}
