package corolla.it.tidy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Every package says what it is, and that nothing in it is null unless it says so. */
final class Packages {
    private static final Pattern DOCUMENTED = Pattern.compile("^/\\*\\*[\\s\\S]{20,}?\\*/\\s*@NullMarked\\s+package ");

    private Packages() {}

    static List<String> check(List<Source> sources) {
        Map<String, List<Source>> byFolder = new TreeMap<>();
        for (Source source : sources) {
            if (source.isJava() && source.isMain() && !source.path().endsWith("/module-info.java")) {
                String folder = source.path().substring(0, source.path().lastIndexOf('/'));
                byFolder.computeIfAbsent(folder, _ -> new ArrayList<>()).add(source);
            }
        }
        List<String> found = new ArrayList<>();
        byFolder.forEach((folder, files) -> {
            String problem = problemOf(files);
            if (!problem.isEmpty()) {
                found.add(folder + ": " + problem);
            }
        });
        return found;
    }

    private static String problemOf(List<Source> files) {
        for (Source file : files) {
            if (file.path().endsWith("/package-info.java")) {
                return DOCUMENTED.matcher(file.text()).find()
                        ? ""
                        : "package-info.java must begin with a doc comment, then @NullMarked";
            }
        }
        return "no package-info.java: say what the package is, which specification it follows, where to start reading";
    }

    /** Every module with code has a first page; benchmarks are generated code for the most part, and no module. */
    static List<String> checkModules(List<Source> sources) {
        Map<String, String> problems = new TreeMap<>();
        for (Source source : sources) {
            if (source.isJava() && source.isMain() && !source.module().equals("bench")) {
                problems.putIfAbsent(source.module(), source.module() + ": no module-info.java");
            }
        }
        for (Source source : sources) {
            if (source.path().endsWith("src/main/java/module-info.java")) {
                boolean documented = source.text().startsWith("/**");
                problems.put(source.module(), documented ? "" : source.path() + ": begins with no doc comment");
            }
        }
        return problems.values().stream().filter(problem -> !problem.isEmpty()).toList();
    }
}
