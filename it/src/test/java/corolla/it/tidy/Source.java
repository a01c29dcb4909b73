package corolla.it.tidy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * One file of the project.
 *
 * @param path from the project's folder, with slashes: {@code p2p/src/main/java/corolla/p2p/Host.java}
 * @param text as it stands
 * @param code for Java, the text without comments and without what stands in quotes, line by line; else empty
 */
record Source(String path, String text, String code) {

    static Source of(String path, String text) {
        return new Source(path, text, path.endsWith(".java") ? JavaText.codeOf(text) : "");
    }

    static Source read(Path root, Path file) throws IOException {
        return of(root.relativize(file).toString().replace('\\', '/'), Files.readString(file));
    }

    boolean isJava() {
        return path.endsWith(".java");
    }

    /** The Maven module that it is in; the project's own folder is the empty one. */
    String module() {
        int slash = path.indexOf('/');
        return slash < 0 ? "" : path.substring(0, slash);
    }

    boolean isTest() {
        return path.contains("/src/test/");
    }

    boolean isMain() {
        return path.contains("/src/main/");
    }

    boolean isTidyItself() {
        return path.contains("/corolla/it/tidy/");
    }
}
