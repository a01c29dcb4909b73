package corolla.kernels.cpu.vector;

import jdk.incubator.vector.FloatVector;

/**
 * c += a · b for matrices that stay in cache, in float arrays. All are padded with zeros: rows of c to whole
 * {@link #ROWS}, columns of b and c to whole {@link #COLUMNS}. Elements add up one after the other along the inner
 * dimension, so that an element has the same bits whatever the rest.
 */
final class SmallProduct {
    /** Rows and columns of a tile: eight sums, four broadcasts and two vectors of b fit in registers. */
    static final int ROWS = 4;

    static final int COLUMNS = 2 * Lanes.COUNT;

    private SmallProduct() {}

    /**
     * Where a matrix is.
     *
     * @param values borrowed
     * @param at index of its first element
     * @param row from one row to the next
     * @param column from one column to the next: 1, but for transposed views
     */
    record Grid(float[] values, int at, int row, int column) {

        static Grid of(float[] values, int row) {
            return new Grid(values, 0, row, 1);
        }

        /** The rest from this row and column on. */
        Grid from(int rowIndex, int columnIndex) {
            return new Grid(values, at + rowIndex * row + columnIndex * column, row, column);
        }

        Grid transposed() {
            return new Grid(values, at, column, row);
        }
    }

    static int paddedRows(int count) {
        return (count + ROWS - 1) / ROWS * ROWS;
    }

    static int paddedColumns(int count) {
        return (count + COLUMNS - 1) / COLUMNS * COLUMNS;
    }

    /** Adds a (rows, inner) times b (inner, columns) to c; b and c are not transposed. */
    static void add(Grid a, Grid b, Grid c, int rows, int inner, int columns) {
        for (int j = 0;
                j < columns;
                j += COLUMNS) { // outside, so that a strip of b serves all rows from the nearest cache
            for (int i = 0; i < rows; i += ROWS) {
                tile(
                        a.values,
                        a.at + i * a.row,
                        a.row,
                        a.column,
                        b.values,
                        b.at + j,
                        b.row,
                        inner,
                        c.values,
                        c.at + i * c.row + j,
                        c.row);
            }
        }
    }

    private static void tile(
            float[] a,
            int aAt,
            int aRow,
            int aStep,
            float[] b,
            int bAt,
            int bStep,
            int inner,
            float[] c,
            int cAt,
            int cRow) {
        FloatVector p = FloatVector.fromArray(Lanes.F, c, cAt);
        FloatVector pp = FloatVector.fromArray(Lanes.F, c, cAt + Lanes.COUNT);
        FloatVector q = FloatVector.fromArray(Lanes.F, c, cAt + cRow);
        FloatVector qq = FloatVector.fromArray(Lanes.F, c, cAt + cRow + Lanes.COUNT);
        FloatVector r = FloatVector.fromArray(Lanes.F, c, cAt + 2 * cRow);
        FloatVector rr = FloatVector.fromArray(Lanes.F, c, cAt + 2 * cRow + Lanes.COUNT);
        FloatVector s = FloatVector.fromArray(Lanes.F, c, cAt + 3 * cRow);
        FloatVector ss = FloatVector.fromArray(Lanes.F, c, cAt + 3 * cRow + Lanes.COUNT);
        for (int k = 0; k < inner; k++) {
            FloatVector v = FloatVector.fromArray(Lanes.F, b, bAt + k * bStep);
            FloatVector vv = FloatVector.fromArray(Lanes.F, b, bAt + k * bStep + Lanes.COUNT);
            int at = aAt + k * aStep;
            FloatVector e = FloatVector.broadcast(Lanes.F, a[at]);
            p = v.fma(e, p);
            pp = vv.fma(e, pp);
            FloatVector f = FloatVector.broadcast(Lanes.F, a[at + aRow]);
            q = v.fma(f, q);
            qq = vv.fma(f, qq);
            FloatVector g = FloatVector.broadcast(Lanes.F, a[at + 2 * aRow]);
            r = v.fma(g, r);
            rr = vv.fma(g, rr);
            FloatVector h = FloatVector.broadcast(Lanes.F, a[at + 3 * aRow]);
            s = v.fma(h, s);
            ss = vv.fma(h, ss);
        }
        p.intoArray(c, cAt);
        pp.intoArray(c, cAt + Lanes.COUNT);
        q.intoArray(c, cAt + cRow);
        qq.intoArray(c, cAt + cRow + Lanes.COUNT);
        r.intoArray(c, cAt + 2 * cRow);
        rr.intoArray(c, cAt + 2 * cRow + Lanes.COUNT);
        s.intoArray(c, cAt + 3 * cRow);
        ss.intoArray(c, cAt + 3 * cRow + Lanes.COUNT);
    }
}
