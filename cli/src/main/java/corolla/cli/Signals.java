package corolla.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;

/**
 * The process's signals, which Java has no official door to: {@code sun.misc.Signal} has been there always, and is asked for by name, so that
 * Corolla still runs where it is not. Stateless.
 */
final class Signals {
    private static final System.Logger LOG = System.getLogger(Signals.class.getName());

    private Signals() {}

    /**
     * Calls {@code action} with the signal's number, on a thread of the JVM's own, instead of what the JVM does with it.
     *
     * @param name without SIG: {@code TERM}
     * @return false where the JVM does not let us
     */
    static boolean handle(String name, IntConsumer action) {
        try {
            Class<?> signalClass = Class.forName("sun.misc.Signal");
            Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
            Object signal = signalClass.getConstructor(String.class).newInstance(name);
            int number = (int) signalClass.getMethod("getNumber").invoke(signal);
            InvocationHandler calls = (proxy, method, arguments) -> switch (method.getName()) {
                case "handle" -> {
                    action.accept(number);
                    yield null;
                }
                case "equals" -> proxy.equals(arguments[0]);
                case "hashCode" -> number;
                default -> "handler of SIG" + name;
            };
            Object handler =
                    Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {handlerClass}, calls);
            signalClass.getMethod("handle", signalClass, handlerClass).invoke(null, signal, handler);
            return true;
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            LOG.log(System.Logger.Level.DEBUG, "SIG{0} stays with the JVM: {1}", name, e.toString());
            return false;
        }
    }
}
