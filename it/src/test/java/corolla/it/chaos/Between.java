package corolla.it.chaos;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/** Stands between an object and those who call it. Stateless. */
final class Between {
    private Between() {}

    /** Does a call, or lets {@link #pass} do it, before or after or with other arguments. */
    interface Calls {
        @Nullable
        Object call(Method method, @Nullable Object[] arguments) throws Throwable;
    }

    /** An object of the interface {@code type} whose calls are those. */
    static <T> T of(Class<T> type, Calls calls) {
        Object[] none = {};
        Object proxy = Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (_, method, arguments) -> calls.call(method, arguments == null ? none : arguments));
        return type.cast(proxy);
    }

    /** Calls the original. */
    static @Nullable Object pass(Object original, Method method, @Nullable Object[] arguments) throws Throwable {
        try {
            return method.invoke(original, arguments);
        } catch (InvocationTargetException e) {
            Throwable thrown = e.getCause();
            throw thrown == null ? e : thrown;
        }
    }
}
