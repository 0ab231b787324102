package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Records of the API with any values, whatever fields they get one day. */
final class RandomRecords {
    private static final List<String> TEXTS = List.of(
            "", "http", "Ready", "default", "1 port assigned on node ", "\"quoted\"\\\n", "käse", "\uD83D\uDEA2");

    private final Random random;

    RandomRecords(long seed) {
        this.random = new Random(seed);
    }

    boolean chance() {
        return random.nextBoolean();
    }

    String text() {
        return TEXTS.get(random.nextInt(TEXTS.size())) + random.nextInt(1000);
    }

    Map<String, String> texts() {
        Map<String, String> texts = new HashMap<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            texts.put(text(), text());
        }
        return texts;
    }

    <T extends Record> List<T> many(Class<T> type, int count) {
        return Stream.generate(() -> of(type)).limit(count).toList();
    }

    <T extends Record> T of(Class<T> type) {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        Object[] values = Arrays.stream(components)
                .map(component -> isAbsent(component) ? null : value(component.getGenericType()))
                .toArray();
        try {
            return type.getDeclaredConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean isAbsent(RecordComponent component) {
        return component.getAnnotatedType().isAnnotationPresent(Nullable.class) && chance();
    }

    private Object value(Type type) {
        Map<Type, Supplier<Object>> simple = Map.of(
                String.class, this::text,
                Long.class, random::nextLong,
                Integer.class, random::nextInt,
                int.class, random::nextInt,
                Boolean.class, random::nextBoolean,
                LabelSelector.class,
                        () -> new LabelSelectorBuilder()
                                .withMatchLabels(texts())
                                .build());
        Supplier<Object> known = simple.get(type);
        if (known != null) {
            return known.get();
        }
        if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
            return Stream.generate(() -> value(list.getActualTypeArguments()[0]))
                    .limit(random.nextInt(4))
                    .toList();
        }
        Class<?> raw = (Class<?>) type;
        return raw.isEnum()
                ? raw.getEnumConstants()[random.nextInt(raw.getEnumConstants().length)]
                : of(raw.asSubclass(Record.class));
    }

    /** The components that are null in all of {@code records}. */
    static List<String> neverFilled(List<? extends Record> records) {
        return Arrays.stream(records.get(0).getClass().getRecordComponents())
                .filter(component ->
                        records.stream().map(each -> get(each, component)).allMatch(Objects::isNull))
                .map(RecordComponent::getName)
                .toList();
    }

    private static @Nullable Object get(Record record, RecordComponent component) {
        try {
            return component.getAccessor().invoke(record);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException(e);
        }
    }
}
