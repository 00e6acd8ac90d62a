# What we change in quickjs.c before engine.c includes it: two functions that
# engine.c replaces, three places where it helps out, room that the
# parser must leave on the stack, and the words of errors that programs most often print,
# so that they are the ones that people and models know from Node.
# javascript.sh checks that each line still finds its place.
s/^static void build_backtrace(/static void unused_build_backtrace(/
s/^static int JS_CheckDefineGlobalVar(/static int unused_CheckDefineGlobalVar(/
s/js_check_stack_overflow(s->ctx->rt, 0)/js_check_stack_overflow(s->ctx->rt, 1 << 20)/
s/js_parse_error(s, "stack overflow")/js_parse_error(s, "the code is nested too deeply")/
s/JS_ThrowInternalError(ctx, "stack overflow")/JS_ThrowRangeError(ctx, "Maximum call stack size exceeded")/
/if (type == JS_THROW_VAR_RO)/{n;s/JS_ThrowTypeErrorReadOnly(ctx, JS_PROP_THROW, atom)/JS_ThrowTypeError(ctx, "Assignment to constant variable.")/}
s/"'%s' is read-only"/"Cannot assign to read only property '%s' of object"/
s/"cannot read property '%s' of null"/"Cannot read properties of null (reading '%s')"/
s/"cannot read property '%s' of undefined"/"Cannot read properties of undefined (reading '%s')"/
s/"cannot read property of %s"/"Cannot read properties of %s"/
s/"cannot set property '%s' of null"/"Cannot set properties of null (setting '%s')"/
s/"cannot set property '%s' of undefined"/"Cannot set properties of undefined (setting '%s')"/
s/"'%s' is not defined"/"%s is not defined"/
s/"%s is not initialized"/name == JS_ATOM_this ? "Must call super constructor in derived class before accessing 'this' or returning from derived constructor%.0s" : "Cannot access '%s' before initialization"/
s/"redeclaration of '%s'"/"Identifier '%s' has already been declared"/
s/"invalid redefinition of lexical identifier"/"Identifier has already been declared"/
s/"missing initializer for const variable"/"Missing initializer in const declaration"/
s/"object is not extensible"/"Cannot add property, object is not extensible"/
s/"could not delete property"/"Cannot delete property of object"/
s/"no setter for property"/"Cannot set property of object which has only a getter"/
s/JS_ThrowInternalError(ctx, "string too long")/JS_ThrowRangeError(ctx, "Invalid string length")/
s/"invalid array length"/"Invalid array length"/
s/"invalid string length"/"Invalid string length"/
s/"invalid repeat count"/"Invalid count value: %lld", (long long)val/
/^static __exception int JS_CopyDataProperties/,/^}/s/if (JS_VALUE_GET_TAG(source) != JS_TAG_OBJECT)$/if (JS_IsString(source)) return copy_characters(ctx, target, source, excluded, setprop); &/
s/JS_DefinePropertyValue(ctx, obj, JS_ATOM_errors, JS_DupValue(ctx, errors),/aggregate_message(ctx, obj); &/
s/^    if (!rt->in_out_of_memory) {/    ran_out = 1; &/
s/js_throw_URIError(ctx, "[^"]*")/js_throw_URIError(ctx, "URI malformed")/
s/"invalid code point"/"Invalid code point"/
s/"invalid number of digits"/"toFixed() digits argument must be between 0 and 100"/
s/"radix must be between 2 and 36"/"toString() radix argument must be between 2 and 36"/
s/"Date value is NaN"/"Invalid time value"/
s/"circular reference"/"Converting circular structure to JSON"/
s/"empty array"/"Reduce of empty array with no initial value"/
s/"value is not iterable"/"object is not iterable"/
s/"BigInt division by zero"/"Division by zero"/
s/"cannot convert bigint to number"/"Cannot mix BigInt and other types, use explicit conversions"/
s/"bigint argument with unary +"/"Cannot convert a BigInt value to a number"/
s/"invalid bigint literal"/"Cannot convert value to a BigInt"/
s/"cannot convert symbol to string"/"Cannot convert a Symbol value to a string"/
s/"cannot convert symbol to number"/"Cannot convert a Symbol value to a number"/
s/"cannot convert to object"/"Cannot convert undefined or null to object"/
s/"class constructors must be invoked with 'new'"/"Class constructor cannot be invoked without 'new'"/
s/"invalid 'instanceof' right operand"/"Right-hand side of 'instanceof' is not callable"/
s/"invalid 'in' operand"/"Cannot use 'in' operator to search in a primitive value"/
s/"private class field '%s' does not exist"/"Cannot read private member %s from an object whose class did not declare it"/
s/"undefined private field '%s'"/"Private field '%s' must be declared in an enclosing class"/
s/"promise self resolution"/"Chaining cycle detected for promise #<Promise>"/
s/"'this' can be initialized only once"/"Super constructor may only be called once"/
s/"regexp must have the 'g' flag"/"replaceAll must be called with a global RegExp"/
s/"cannot invoke a running generator"/"Generator is already running"/
