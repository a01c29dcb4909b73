package corolla.it.tidy;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The texts of this project, in a fixed order; not what builds leave behind. */
final class ProjectFiles {
    private static final Set<String> NOT_OURS = Set.of("target", ".git", ".idea", ".vscode", "node_modules", "golden");
    private static final String TEXTS =
            ".*\\.(java|xml|md|sh|py|txt|properties|config|json|html|css|js|yml|yaml)" + "|mvnw|corolla|.*/run";

    private ProjectFiles() {}

    /** The folder with the build's root, above the module that the test runs in. */
    static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("mvnw"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new IllegalStateException("no mvnw above " + Path.of("").toAbsolutePath());
            }
        }
        return folder;
    }

    static List<Source> read() throws IOException {
        Path root = root();
        List<Path> files = new ArrayList<>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                boolean ours = !NOT_OURS.contains(String.valueOf(folder.getFileName()));
                return ours ? FileVisitResult.CONTINUE : FileVisitResult.SKIP_SUBTREE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                String path = root.relativize(file).toString().replace('\\', '/');
                if (attributes.isRegularFile() && path.matches(TEXTS)) {
                    files.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        files.sort(null);
        List<Source> sources = new ArrayList<>();
        for (Path file : files) {
            try {
                sources.add(Source.read(root, file));
            } catch (MalformedInputException e) {
                throw new IOException(file + " is not UTF-8", e);
            }
        }
        return sources;
    }
}
