package corolla.cli.table3;

import java.io.IOException;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * A row's figures, in their cells' units a second.
 *
 * @param values of every cell, NaN where there is none
 */
public record Figures(Map<Cell, Double> values) {

    public Figures {
        values = Collections.unmodifiableMap(new EnumMap<>(values));
        if (values.size() != Cell.values().length) {
            throw new IllegalArgumentException("figures of " + values.keySet() + " alone");
        }
    }

    /** How a figure is come by. */
    public interface Source {
        double of(Cell cell) throws IOException, InterruptedException;
    }

    /** One after another, in the order of the cells. */
    public static Figures of(Source source) throws IOException, InterruptedException {
        Map<Cell, Double> values = new EnumMap<>(Cell.class);
        for (Cell cell : Cell.values()) {
            values.put(cell, source.of(cell));
        }
        return new Figures(values);
    }

    static Figures of(double steps128, double steps2048, double forward1, double forward64) {
        return new Figures(Map.of(
                Cell.STEPS_128, steps128,
                Cell.STEPS_2048, steps2048,
                Cell.FORWARD_1, forward1,
                Cell.FORWARD_64, forward64));
    }

    static Figures none() {
        return of(Double.NaN, Double.NaN, Double.NaN, Double.NaN);
    }

    public double get(Cell cell) {
        return values.getOrDefault(cell, Double.NaN);
    }

    /** Whether there is none at all. */
    boolean isEmpty() {
        return values.values().stream().allMatch(value -> value.isNaN());
    }
}
