package tools

import (
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/pattern"
)

// globMatch matches a name with a shell pattern, in which "*" matches slashes
// too, as find -path and tar want it.
func globMatch(glob, name string, fold bool) bool {
	if !strings.ContainsAny(glob, `*?[\`) && !fold {
		return glob == name
	}
	expr, err := pattern.Regexp(glob, pattern.EntireString)
	if err != nil {
		return glob == name
	}
	if fold {
		expr = "(?i)" + expr
	}
	re, err := regexp.Compile(expr)
	return err == nil && re.MatchString(name)
}
