/** What the template engine reaches by reflection, and so must be public. */
@NullMarked
package corolla.model.tokenizer.internal;

import org.jspecify.annotations.NullMarked;
