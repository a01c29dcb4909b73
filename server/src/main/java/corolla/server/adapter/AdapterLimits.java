package corolla.server.adapter;

import java.time.Duration;

/**
 * What the adapters of one server may take. Immutable; start from {@link #defaults()}.
 *
 * @param countMax adapters at once, with those that are removed but still in use: all their names are in the server's record
 * @param bytesMax memory of all of them, likewise
 * @param nameBytesMax one name in UTF-8: with {@code countMax} it keeps the record within what the DHT takes
 * @param folderEntriesMax entries of a watched folder that are looked at
 * @param pollPeriod how often a watched folder is looked at
 */
public record AdapterLimits(int countMax, long bytesMax, int nameBytesMax, int folderEntriesMax, Duration pollPeriod) {

    public AdapterLimits {
        if (countMax < 1 || bytesMax < 1 || nameBytesMax < 1 || folderEntriesMax < 1 || !pollPeriod.isPositive()) {
            throw new IllegalArgumentException("limits of adapters must be positive: " + countMax + " adapters, "
                    + bytesMax + " bytes, names of " + nameBytesMax + " bytes, " + folderEntriesMax
                    + " folder entries, a look each " + pollPeriod);
        }
    }

    public static AdapterLimits defaults() {
        return new AdapterLimits(64, 4L << 30, 256, 1024, Duration.ofSeconds(2));
    }

    /** With another number of adapters and another size of all. */
    public AdapterLimits withMemory(int count, long bytes) {
        return new AdapterLimits(count, bytes, nameBytesMax, folderEntriesMax, pollPeriod);
    }
}
