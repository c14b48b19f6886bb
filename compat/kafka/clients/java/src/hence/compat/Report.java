package hence.compat;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Prints one JSON line per step: only what any correct broker must answer alike. */
final class Report {
    private Report() {
    }

    /** A step and its fields, as name, value, name, value … */
    static void step(String step, Object... fields) {
        Map<String, Object> line = new TreeMap<>();
        line.put("step", step);
        for (int i = 0; i < fields.length; i += 2) {
            line.put((String) fields[i], fields[i + 1]);
        }
        StringBuilder text = new StringBuilder();
        json(text, line);
        System.out.println(text);
    }

    /** A step that reports what the call returned as `value`, or the name of its error. */
    static void attempt(String step, Callable<?> call) {
        try {
            step(step, "value", call.call());
        } catch (Exception error) {
            step(step, "error", name(error));
        }
    }

    /** The name of the error that the client gives, without what wraps it. */
    static String name(Throwable error) {
        Throwable cause = error;
        while ((cause instanceof ExecutionException || cause instanceof CompletionException) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getClass().getSimpleName();
    }

    private static void json(StringBuilder text, Object value) {
        if (value == null || value instanceof Number || value instanceof Boolean) {
            text.append(value);
        } else if (value instanceof Map<?, ?> map) {
            text.append('{');
            String comma = "";
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                text.append(comma);
                json(text, entry.getKey().toString());
                text.append(':');
                json(text, entry.getValue());
                comma = ",";
            }
            text.append('}');
        } else if (value instanceof Collection<?> list) {
            text.append('[');
            String comma = "";
            for (Object item : list) {
                text.append(comma);
                json(text, item);
                comma = ",";
            }
            text.append(']');
        } else {
            quote(text, value.toString());
        }
    }

    private static void quote(StringBuilder text, String value) {
        text.append('"');
        for (char letter : value.toCharArray()) {
            switch (letter) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                default -> {
                    if (letter < ' ') {
                        text.append(String.format("\\u%04x", (int) letter));
                    } else {
                        text.append(letter);
                    }
                }
            }
        }
        text.append('"');
    }
}
