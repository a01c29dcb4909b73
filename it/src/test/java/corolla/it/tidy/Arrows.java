package corolla.it.tidy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which module may use which: the drawing of the house in ARCHITECTURE.md, as sets. */
final class Arrows {
    private static final Pattern NAME = Pattern.compile("\\bcorolla\\.([a-z][a-z0-9]*)\\b");

    /** The first part of package names by module, where they differ. */
    private static final Map<String, String> PACKAGES = Map.of("kernels-cpu", "kernels", "kernels-cuda", "kernels");

    /** What the main code of each module may use, besides itself. */
    private static final Map<String, Set<String>> MAY_USE = mayUse();

    /** What tests of a module may use besides: kernels of devices run whole models. */
    private static final Map<String, Set<String>> TESTS_MAY_USE = Map.of("kernels-cuda", Set.of("model"));

    /** Whose tests may use everything: they put the whole together. */
    private static final Set<String> WHOLE = Set.of("it", "cli", "bench");

    private Arrows() {}

    private static Map<String, Set<String>> mayUse() {
        Map<String, Set<String>> arrows = new LinkedHashMap<>();
        arrows.put("base", Set.of());
        arrows.put("testkit", Set.of("base"));
        arrows.put("p2p", Set.of("base"));
        arrows.put("dht", Set.of("base", "p2p"));
        arrows.put("tensor", Set.of("base"));
        arrows.put("kernels-cpu", Set.of("base", "tensor"));
        arrows.put("kernels-cuda", Set.of("base", "tensor"));
        arrows.put("model", Set.of("base", "tensor"));
        arrows.put("swarm", Set.of("base", "p2p", "dht", "tensor", "model"));
        arrows.put("server", Set.of("base", "p2p", "dht", "tensor", "model", "swarm"));
        arrows.put("client", Set.of("base", "p2p", "dht", "tensor", "model", "swarm"));
        arrows.put("api", Set.of("base", "p2p", "dht", "tensor", "model", "swarm", "client"));
        Set<String> programs =
                Set.of("base", "p2p", "dht", "tensor", "kernels", "model", "swarm", "server", "client", "api");
        arrows.put("cli", programs);
        arrows.put("bench", programs);
        arrows.put("it", Set.of());
        return arrows;
    }

    /** One message for each arrow that goes where none may go. */
    static List<String> check(Source source) {
        Set<String> allowed = MAY_USE.get(source.module());
        if (!source.isJava() || (source.isTest() && WHOLE.contains(source.module()))) {
            return List.of();
        }
        if (allowed == null) {
            return List.of(source.path() + ": module '" + source.module() + "' is not in Arrows: say what it may use");
        }
        List<String> found = new ArrayList<>();
        for (String used : uses(source)) {
            boolean testMayUse = source.isTest()
                    && (used.equals("testkit")
                            || used.equals("it")
                            || TESTS_MAY_USE
                                    .getOrDefault(source.module(), Set.of())
                                    .contains(used));
            if (!used.equals(ownPackage(source.module())) && !allowed.contains(used) && !testMayUse) {
                found.add(source.path() + ": " + source.module() + " may not use corolla." + used + ", only "
                        + new TreeSet<>(allowed));
            }
        }
        return found;
    }

    private static String ownPackage(String module) {
        return PACKAGES.getOrDefault(module, module);
    }

    private static Set<String> uses(Source source) {
        Set<String> used = new TreeSet<>();
        boolean isFirstPage = source.path().endsWith("/module-info.java"); // which names those that may use it, too
        String code = isFirstPage ? source.code().replaceAll("exports[^;]*;", "") : source.code();
        Matcher matcher = NAME.matcher(code);
        while (matcher.find()) {
            used.add(matcher.group(1));
        }
        return used;
    }
}
