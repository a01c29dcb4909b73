/**
 * The commands: {@code corolla demo | dht | server | generate | chat | info | model | verify | bench}. One class a command;
 * {@link corolla.cli.Corolla} is the door. What the commands share stands beside them: the node they run
 * ({@link corolla.cli.Node}), the terminal ({@link corolla.cli.Console}), errors in one line ({@link corolla.cli.Errors}).
 */
module corolla.cli {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires corolla.base;
    requires corolla.client;
    requires corolla.server;
    requires java.logging;
    requires java.management;
    requires com.fasterxml.jackson.databind;
    requires info.picocli;

    opens corolla.cli to
            info.picocli;
}
