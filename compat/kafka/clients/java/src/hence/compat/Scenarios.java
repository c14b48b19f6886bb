package hence.compat;

import java.lang.reflect.InvocationTargetException;
import java.util.List;

/** `Scenarios BOOTSTRAP SCENARIO` runs the method of that name; it prints one JSON line per step. */
public final class Scenarios {
    private Scenarios() {
    }

    public static void main(String[] arguments) throws Throwable {
        String bootstrap = arguments[0];
        String scenario = arguments[1];
        for (Class<?> of : List.of(Records.class, Reading.class, Topics.class, Groups.class)) {
            for (var method : of.getDeclaredMethods()) {
                if (method.getName().equals(scenario)) {
                    try (Clients clients = new Clients(bootstrap, scenario)) {
                        method.invoke(null, clients);
                    } catch (InvocationTargetException error) {
                        throw error.getCause();
                    }
                    return;
                }
            }
        }
        throw new IllegalArgumentException("no scenario " + scenario);
    }
}
