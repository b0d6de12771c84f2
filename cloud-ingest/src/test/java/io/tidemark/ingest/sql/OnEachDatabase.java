package io.tidemark.ingest.sql;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.ClassTemplate;
import org.junit.jupiter.api.extension.AfterClassTemplateInvocationCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeClassTemplateInvocationCallback;
import org.junit.jupiter.api.extension.ClassTemplateInvocationContext;
import org.junit.jupiter.api.extension.ClassTemplateInvocationContextProvider;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A class whose tests run on each of the databases; they get theirs by {@link TestDatabase}. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ClassTemplate
@ExtendWith(OnEachDatabase.Each.class)
public @interface OnEachDatabase {
  /** On which ones. */
  TestDatabase[] value() default {TestDatabase.SQLITE, TestDatabase.POSTGRESQL};

  /** Runs the class once for each. */
  final class Each implements ClassTemplateInvocationContextProvider {
    @Override
    public boolean supportsClassTemplate(ExtensionContext context) {
      return true;
    }

    @Override
    public Stream<ClassTemplateInvocationContext> provideClassTemplateInvocationContexts(
        ExtensionContext context) {
      return Stream.of(context.getRequiredTestClass().getAnnotation(OnEachDatabase.class).value())
          .map(On::new);
    }
  }

  /** A run. */
  record On(TestDatabase database) implements ClassTemplateInvocationContext {
    @Override
    public String getDisplayName(int invocationIndex) {
      return database.name();
    }

    @Override
    public List<Extension> getAdditionalExtensions() {
      return List.of(
          (BeforeClassTemplateInvocationCallback) context -> TestDatabase.use(database),
          (AfterEachCallback) context -> TestDatabase.tidy(),
          (AfterClassTemplateInvocationCallback) context -> TestDatabase.use(TestDatabase.SQLITE));
    }
  }
}
