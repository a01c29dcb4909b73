package corolla.model.weights;

import corolla.model.family.CheckpointException;
import corolla.model.gguf.GgufFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Opens a GGUF file with its siblings when it is split: {@code name-00001-of-00003.gguf}. */
final class GgufSplit {
    private static final Pattern NAME = Pattern.compile("(.*-)(\\d{5})-of-(\\d{5})\\.gguf");
    private static final int FILES_MAX = 1_000;

    private GgufSplit() {}

    /** All files, the first first; any of them may be given. */
    static List<GgufFile> open(Path path) throws IOException {
        Matcher matcher = NAME.matcher(String.valueOf(path.getFileName()));
        if (!matcher.matches()) {
            return List.of(GgufFile.open(path));
        }
        int count = Integer.parseInt(matcher.group(3));
        if (count < 1 || count > FILES_MAX) {
            throw new CheckpointException(path + " says that it is split in " + count + " files");
        }
        List<GgufFile> files = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            String name = String.format(Locale.ROOT, "%s%05d-of-%05d.gguf", matcher.group(1), i, count);
            files.add(openPart(path.resolveSibling(name), i, count));
        }
        return files;
    }

    private static GgufFile openPart(Path path, int number, int count) throws IOException {
        GgufFile file = GgufFile.open(path);
        long splits = file.whole("split.count").orElse(-1L);
        long index = file.whole("split.no").orElse(-1L);
        if (splits != count || index != number - 1) {
            throw new CheckpointException(path + " is part " + index + " of " + splits + " by its metadata, "
                    + (number - 1) + " of " + count + " by its name");
        }
        return file;
    }
}
