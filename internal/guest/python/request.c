// request.c: requests. They are JSON as Go's encoding/json writes it, one
// object of strings, booleans and one list of strings. Reading that here takes
// a tenth of what the module json takes, which shows in a small cell.
#include "caisson.h"
#include <string.h>

struct text {
	char *at, *end;
};

static int fail(void)
{
	PyErr_SetString(PyExc_ValueError, "a request that is not JSON of its kind");
	return -1;
}

static int skip(struct text *t, char c)
{
	if (t->at >= t->end || *t->at != c)
		return 0;
	t->at++;
	return 1;
}

static int word(struct text *t, const char *w)
{
	size_t n = strlen(w);
	if ((size_t)(t->end - t->at) < n || memcmp(t->at, w, n) != 0)
		return 0;
	t->at += n;
	return 1;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// unit reads four hex digits; -1 when they are none.
static int unit(const char *p, const char *end)
{
	int u = 0;
	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int d = hex_digit(p[i]);
		if (d < 0)
			return -1;
		u = u << 4 | d;
	}
	return u;
}

// put writes a code point in UTF-8 and returns where it ends.
static char *put(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 63));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 63));
		*to++ = (char)(0x80 | (c & 63));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 63));
		*to++ = (char)(0x80 | (c >> 6 & 63));
		*to++ = (char)(0x80 | (c & 63));
	}
	return to;
}

// unescape replaces the escapes of a string where it stands: none is shorter
// than what it means. It returns the end, or NULL.
static char *unescape(char *from, char *end)
{
	char *to = from;
	while (from < end) {
		if (*from != '\\') {
			*to++ = *from++;
			continue;
		}
		if (++from >= end)
			return NULL;
		static const char plain[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
		const char *p = memchr(plain, *from, sizeof plain - 1);
		if (p != NULL) {
			*to++ = means[p - plain];
			from++;
			continue;
		}
		int c = *from == 'u' ? unit(from + 1, end) : -1, low;
		if (c < 0)
			return NULL;
		from += 5;
		if (c >= 0xd800 && c < 0xdc00 && end - from >= 6 && from[0] == '\\' && from[1] == 'u' &&
		    (low = unit(from + 2, end)) >= 0xdc00 && low < 0xe000) {
			to = put(to, 0x10000 + ((uint32_t)(c & 0x3ff) << 10 | (low & 0x3ff)));
			from += 6;
		} else {
			to = put(to, c >= 0xd800 && c < 0xe000 ? 0xfffd : (uint32_t)c);
		}
	}
	return to;
}

// string reads one string.
static PyObject *string(struct text *t)
{
	if (!skip(t, '"'))
		return fail(), NULL;
	char *begin = t->at, *p = begin, *end;
	int escaped = 0;
	for (;; p++) {
		if (p >= t->end)
			return fail(), NULL;
		if (*p == '"')
			break;
		if (*p == '\\') {
			escaped = 1;
			p++;
		}
	}
	t->at = p + 1;
	end = escaped ? unescape(begin, p) : p;
	return end == NULL ? (fail(), NULL) : PyUnicode_DecodeUTF8(begin, end - begin, "replace");
}

static PyObject *strings(struct text *t)
{
	PyObject *list = PyList_New(0);
	if (list == NULL || !skip(t, '['))
		goto failed;
	while (!skip(t, ']')) {
		if (PyList_GET_SIZE(list) > 0 && !skip(t, ','))
			goto failed;
		PyObject *s = string(t);
		int ok = s != NULL && PyList_Append(list, s) == 0;
		Py_XDECREF(s);
		if (!ok)
			goto failed;
	}
	return list;
failed:
	Py_XDECREF(list);
	return PyErr_Occurred() ? NULL : (fail(), NULL);
}

static PyObject *value(struct text *t)
{
	if (t->at < t->end && *t->at == '"')
		return string(t);
	if (t->at < t->end && *t->at == '[')
		return strings(t);
	if (word(t, "true"))
		return Py_True;
	if (word(t, "false"))
		return Py_False;
	return fail(), NULL;
}

// member reads one member of the object.
static int member(struct text *t, PyObject *fields[REQUEST_FIELDS])
{
	static const char *const names[REQUEST_FIELDS] = {
		"\"code\":", "\"name\":", "\"args\":", "\"show\":", "\"fresh\":", "\"module\":",
	};
	PyTypeObject *const types[REQUEST_FIELDS] = {
		&PyUnicode_Type, &PyUnicode_Type, &PyList_Type, &PyBool_Type, &PyBool_Type, &PyBool_Type,
	};
	for (int i = 0; i < REQUEST_FIELDS; i++) {
		if (fields[i] != NULL || !word(t, names[i]))
			continue;
		fields[i] = value(t);
		if (fields[i] == NULL)
			return -1;
		return Py_TYPE(fields[i]) == types[i] ? 0 : fail();
	}
	return fail();
}

int read_request(char *text, size_t len, PyObject *fields[REQUEST_FIELDS])
{
	struct text t = {text, text + len};
	int bad = !skip(&t, '{');
	for (int i = 0; i < REQUEST_FIELDS && !bad; i++)
		bad = (i > 0 && !skip(&t, ',')) || member(&t, fields) < 0;
	if (!bad && skip(&t, '}') && t.at == t.end)
		return 0;
	return PyErr_Occurred() ? -1 : fail();
}
