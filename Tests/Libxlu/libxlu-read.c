// SPDX-License-Identifier: Apache-2.0
//
// Writes what libxlutil finds in xl configurations, line by line, so that a test can compare it with what our own reader
// finds. Standard input holds the configurations, each a line with its length and then its bytes.
//
//   file STATUS                 the next configuration; 0, the error number with which it was refused, or `died`
//   report TEXT                 a line that libxlutil said about what stands above
//   setting NAME VALUE          what xlu_cfg_get_string or xlu_cfg_get_list gives; VALUE is "..." or [...], in any depth
//   number NAME STATUS VALUE    what xlu_cfg_get_long gives; without VALUE when STATUS is not 0
//   bounded NAME STATUS VALUE   what xlu_cfg_get_bounded_long gives, from 1 to 100
//   truth NAME STATUS VALUE     what xlu_cfg_get_defbool gives; 1, 0, or without VALUE
//   strings NAME STATUS COUNT   of a list, what xlu_cfg_get_list_as_string_list gives
//   string NAME STATUS          of a list, what xlu_cfg_get_string says
//   list NAME STATUS            of a string, what xlu_cfg_get_list says
//
// A byte that is no printable ASCII, and the quote and the backslash, are \xHH. libxlutil cannot list its settings, so
// every word of the input is asked for, in the order of first appearance.

#include <ctype.h>
#include <errno.h>
#include <libxlutil.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// The one function of libxl that the parser uses. With it here nothing else of libxl is linked.
void libxl_defbool_set(libxl_defbool *value, bool truth)
{
    value->val = truth ? 1 : -1;
}

static FILE *report;
static char *said;
static size_t said_size, shown;

static void write_bytes(const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned char byte = bytes[i];

        if (byte < 0x20 || byte > 0x7e || byte == '"' || byte == '\\')
            printf("\\x%02X", byte);
        else
            putchar(byte);
    }
}

// What was said since the last time.
static void write_report(void)
{
    fflush(report);
    while (shown < said_size) {
        char *end = memchr(said + shown, '\n', said_size - shown);
        size_t length = end ? (size_t)(end - said) - shown : said_size - shown;

        fputs("report ", stdout);
        write_bytes(said + shown, length);
        putchar('\n');
        shown += length + (end ? 1 : 0);
    }
}

static void write_string(const char *text)
{
    putchar('"');
    write_bytes(text, strlen(text));
    putchar('"');
}

static void write_list(XLU_Config *config, XLU_ConfigList *list)
{
    XLU_ConfigValue *value;

    putchar('[');
    for (int i = 0; (value = xlu_cfg_get_listitem2(list, i)); i++) {
        char *text;
        XLU_ConfigList *inner;

        if (i)
            putchar(',');
        if (xlu_cfg_value_type(value) == XLU_STRING) {
            if (!xlu_cfg_value_get_string(config, value, &text, 1))
                write_string(text);
        } else if (!xlu_cfg_value_get_list(config, value, &inner, 1)) {
            write_list(config, inner);
        }
    }
    putchar(']');
}

static void write_setting(XLU_Config *config, const char *name)
{
    const char *text;
    XLU_ConfigList *list;
    libxl_defbool truth = { 0 };
    libxl_string_list strings = NULL;
    long number;
    int status, count;
    bool is_list = !xlu_cfg_get_list(config, name, &list, NULL, 1);

    if (!is_list && xlu_cfg_get_string(config, name, &text, 1))
        return;
    printf("setting %s ", name);
    if (is_list)
        write_list(config, list);
    else
        write_string(text);
    putchar('\n');
    if (is_list)
        printf("string %s %d\n", name, xlu_cfg_get_string(config, name, &text, 0));
    else
        printf("list %s %d\n", name, xlu_cfg_get_list(config, name, &list, NULL, 0));
    write_report();
    status = xlu_cfg_get_long(config, name, &number, 0);
    if (status)
        printf("number %s %d\n", name, status);
    else
        printf("number %s 0 %ld\n", name, number);
    write_report();
    status = xlu_cfg_get_bounded_long(config, name, 1, 100, &number, 0);
    if (status)
        printf("bounded %s %d\n", name, status);
    else
        printf("bounded %s 0 %ld\n", name, number);
    write_report();
    status = xlu_cfg_get_defbool(config, name, &truth, 0);
    if (status)
        printf("truth %s %d\n", name, status);
    else
        printf("truth %s 0 %d\n", name, truth.val > 0);
    write_report();
    if (!is_list)
        return;
    status = xlu_cfg_get_list_as_string_list(config, name, &strings, 0);
    if (status) {
        printf("strings %s %d\n", name, status);
    } else {
        for (count = 0; strings && strings[count]; count++)
            ;
        printf("strings %s 0 %d\n", name, count);
    }
    write_report();
}

static bool is_word(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_' || byte == '.';
}

// Asks for each word of the input once.
static void write_settings(XLU_Config *config, const char *bytes, size_t count)
{
    char **seen = NULL;
    size_t seen_count = 0, room = 0;

    for (size_t at = 0; at < count; ) {
        size_t end = at;
        size_t i;
        char *word;

        while (end < count && is_word(bytes[end]))
            end++;
        if (end == at) {
            at++;
            continue;
        }
        word = strndup(bytes + at, end - at);
        at = end;
        for (i = 0; i < seen_count && strcmp(seen[i], word); i++)
            ;
        if (i < seen_count) {
            free(word);
            continue;
        }
        if (seen_count == room)
            seen = realloc(seen, (room = room ? 2 * room : 64) * sizeof *seen);
        seen[seen_count++] = word;
        write_setting(config, word);
    }
    while (seen_count)
        free(seen[--seen_count]);
    free(seen);
}

static void write_configuration(const char *name, const char *bytes, size_t length)
{
    XLU_Config *config;
    int status;

    report = open_memstream(&said, &said_size);
    config = xlu_cfg_init(report, name);
    status = xlu_cfg_readdata(config, bytes, length);
    printf("file %d\n", status);
    write_report();
    if (!status)
        write_settings(config, bytes, length);
    xlu_cfg_destroy(config);
}

int main(int count, char **arguments)
{
    const char *name = count > 1 ? arguments[1] : "file";
    size_t length;

    while (scanf("%zu", &length) == 1 && getchar() == '\n') {
        char *bytes = malloc(length + 1);
        int status;
        pid_t child;

        if (!bytes || fread(bytes, 1, length, stdin) != length) {
            fprintf(stderr, "libxlu-read: the input ends within a configuration\n");
            return 2;
        }
        // In a process of its own: some input makes libxlutil abort.
        fflush(stdout);
        child = fork();
        if (!child) {
            write_configuration(name, bytes, length);
            fflush(stdout);
            _exit(0);
        }
        if (child < 0 || waitpid(child, &status, 0) != child) {
            perror("libxlu-read");
            return 2;
        }
        if (WIFSIGNALED(status))
            printf("file died\n");
        free(bytes);
    }
    return 0;
}
