package guest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// ErrNoInit is the error of a program that was built without the first process
// of containers.
var ErrNoInit = errors.New("this caisson was built without what starts containers: build it with \"make build\"")

// Init returns the program that is the first process of a container, a static
// executable for this processor, checked against the digest that its build
// left; internal/guest/init has its source. Without one the error is
// [ErrNoInit].
func Init() ([]byte, error) {
	name := "init-" + runtime.GOARCH
	program, err := embedded.ReadFile("bundle/" + name)
	if err != nil {
		return nil, ErrNoInit
	}
	digests, err := embedded.ReadFile("bundle/init.sha256")
	if err != nil {
		return nil, ErrNoInit
	}
	if line := fmt.Sprintf("%x  %s", sha256.Sum256(program), name); !slices.Contains(strings.Split(string(digests), "\n"), line) {
		return nil, fmt.Errorf("read %s: the program's copy is not the one that was built", name)
	}
	return program, nil
}
