/* xmlrpc-c. It prints nothing if all is as it should be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xmlrpc-c/base.h>
#include <xmlrpc-c/client.h>

static xmlrpc_env env;
static const char *url;

static void check(int right, const char *what) {
    if (env.fault_occurred)
        printf("%s: fault %d, %s\n", what, env.fault_code, env.fault_string);
    else if (!right)
        printf("%s\n", what);
    else
        return;
    exit(1);
}

/* Sends a value and gets it back. */
static xmlrpc_value *echo(xmlrpc_value *value, xmlrpc_type type, const char *what) {
    xmlrpc_value *result = xmlrpc_client_call(&env, url, "sample.echo", "(V)", value);
    check(!env.fault_occurred && xmlrpc_value_type(result) == type, what);
    return result;
}

static void fails(const char *name, const char *format, int a, int b, int code) {
    xmlrpc_client_call(&env, url, name, format, a, b);
    if (!env.fault_occurred || env.fault_code != code) {
        printf("%s: fault %d\n", name, env.fault_code);
        exit(1);
    }
    xmlrpc_env_clean(&env);
    xmlrpc_env_init(&env);
}

int main(int count, char **words) {
    (void)count;
    url = words[1];
    xmlrpc_env_init(&env);
    xmlrpc_client_init2(&env, XMLRPC_CLIENT_NO_FLAGS, "test", "1", NULL, 0);
    check(1, "start");

    xmlrpc_value *result = xmlrpc_client_call(&env, url, "sample.add", "(ii)", 2, 3);
    int sum = 0;
    xmlrpc_read_int(&env, result, &sum);
    check(sum == 5, "a sum");

    long long large = 0;
    result = echo(xmlrpc_i8_new(&env, 1LL << 40), XMLRPC_TYPE_I8, "an i8");
    xmlrpc_read_i8(&env, result, &large);
    check(large == 1LL << 40, "an i8");

    double half = 0;
    result = echo(xmlrpc_double_new(&env, -12.5), XMLRPC_TYPE_DOUBLE, "a double");
    xmlrpc_read_double(&env, result, &half);
    check(half == -12.5, "a double");

    const char *text;
    const char *sent = " a\nb <&> ]]> \xc3\xa4 ";
    result = echo(xmlrpc_string_new(&env, sent), XMLRPC_TYPE_STRING, "text");
    xmlrpc_read_string(&env, result, &text);
    check(strcmp(text, sent) == 0, "text");

    /* Line ends of all kinds become one, whether it writes text or reads it. */
    result = xmlrpc_client_call(&env, url, "test.lines", "()");
    xmlrpc_read_string(&env, result, &text);
    check(strcmp(text, "a\nb\nc") == 0, "line ends");

    const unsigned char *bytes;
    size_t length = 0;
    unsigned char many[300] = {0, 255};
    result = echo(xmlrpc_base64_new(&env, sizeof many, many), XMLRPC_TYPE_BASE64, "bytes");
    xmlrpc_read_base64(&env, result, &length, &bytes);
    check(length == sizeof many && memcmp(bytes, many, length) == 0, "bytes");

    const char *day;
    xmlrpc_value *made;
    made = xmlrpc_datetime_new_str(&env, "20260704T08:05:09");
    result = echo(made, XMLRPC_TYPE_DATETIME, "a day");
    xmlrpc_read_datetime_str(&env, result, &day);
    check(strncmp(day, "20260704T08:05:09", 17) == 0, "a day");

    xmlrpc_bool yes = 0;
    result = echo(xmlrpc_bool_new(&env, 1), XMLRPC_TYPE_BOOL, "a boolean");
    xmlrpc_read_bool(&env, result, &yes);
    check(yes, "a boolean");

    echo(xmlrpc_nil_new(&env), XMLRPC_TYPE_NIL, "nil");

    int inner = 0;
    made = xmlrpc_build_value(&env, "{s:(i{s:s})}", "a", 7, "b c", "x");
    result = echo(made, XMLRPC_TYPE_STRUCT, "a struct");
    xmlrpc_decompose_value(&env, result, "{s:(i*),*}", "a", &inner);
    check(inner == 7, "a struct");

    fails("sample.divide", "(ii)", 1, 0, 1);
    fails("none", "(ii)", 1, 0, -32601);
    fails("sample.echo", "(ii)", 1, 0, -32602);
    fails("test.fail", "()", 0, 0, -32603);
    return 0;
}
