// Command argocd adds the structs that Argo CD's Application reaches to the table that kube-tables
// makes of client-go's scheme. It is built inside a module that requires argo-cd/v3 v3.6.1.
//
//	argocd STRUCTS.TXT
package main

import (
	"bufio"
	"fmt"
	"os"
	"reflect"
	"strings"

	appv1 "github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
)

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	t := &table{ids: map[reflect.Type]int{}, known: map[string]int{}}
	for _, line := range strings.Split(string(text), "\n") {
		if name, ok := strings.CutPrefix(line, "S "); ok {
			t.known[name] = len(t.known)
		}
	}
	t.id(reflect.TypeOf(appv1.Application{}))
	for i := 0; i < len(t.order); i++ {
		fmt.Fprintf(out, "S %s\n", short(t.order[i]))
		t.fields(out, t.order[i])
	}
}

// --- Go structs -----------------------------------------------------------------------------------

var leaf = map[string]string{
	"k8s.io/apimachinery/pkg/api/resource.Quantity":       "q",
	"k8s.io/apimachinery/pkg/apis/meta/v1.Time":           "t",
	"k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime":      "u",
	"k8s.io/apimachinery/pkg/apis/meta/v1.Duration":       "d",
	"k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1":       "w",
	"k8s.io/apimachinery/pkg/util/intstr.IntOrString":     "x",
	"k8s.io/apimachinery/pkg/runtime.RawExtension":        "w",
	"k8s.io/apimachinery/pkg/runtime.Object":              "w",
	"k8s.io/apimachinery/pkg/apis/meta/v1.WatchEvent":     "w",
	"k8s.io/apimachinery/pkg/apis/meta/v1.InternalEvent":  "w",
	"k8s.io/apimachinery/pkg/watch.Event":                 "w",
	"k8s.io/apimachinery/pkg/apis/meta/v1.Verbs":          "[s",
}

type table struct {
	ids   map[reflect.Type]int
	known map[string]int // structs of the first table
	order []reflect.Type
}

func (t *table) id(r reflect.Type) int {
	if n, ok := t.ids[r]; ok {
		return n
	}
	if n, ok := t.known[short(r)]; ok {
		return n
	}
	n := len(t.known) + len(t.order)
	t.ids[r] = n
	t.order = append(t.order, r)
	return n
}

func full(r reflect.Type) string { return r.PkgPath() + "." + r.Name() }

func (t *table) code(r reflect.Type) string {
	if c, ok := leaf[full(r)]; ok {
		return c
	}
	switch r.Kind() {
	case reflect.Pointer:
		return "*" + t.code(r.Elem())
	case reflect.Slice:
		if r.Elem().Kind() == reflect.Uint8 {
			return "B"
		}
		return "[" + t.code(r.Elem())
	case reflect.Map:
		return "{" + t.code(r.Elem())
	case reflect.Struct:
		return fmt.Sprint(t.id(r))
	case reflect.String:
		return "s"
	case reflect.Bool:
		return "b"
	case reflect.Int32:
		return "i"
	case reflect.Int, reflect.Int64, reflect.Uint32, reflect.Uint64:
		return "l"
	case reflect.Float64:
		return "f"
	case reflect.Interface:
		return "w"
	}
	panic(r.String())
}

func short(r reflect.Type) string {
	p := strings.TrimPrefix(r.PkgPath(), "github.com/argoproj/argo-cd/v3/pkg/apis/application/")
	p = strings.TrimPrefix(p, "k8s.io/api/")
	p = strings.TrimPrefix(p, "k8s.io/apimachinery/pkg/apis/")
	p = strings.TrimPrefix(p, "k8s.io/apimachinery/pkg/")
	if strings.HasPrefix(r.PkgPath(), "github.com/argoproj/") {
		p = "argoproj.io/" + p
	}
	return p + "." + r.Name()
}

// fields writes one line a field; embedded structs are flattened as encoding/json does.
func (t *table) fields(out *bufio.Writer, r reflect.Type) {
	for i := 0; i < r.NumField(); i++ {
		f := r.Field(i)
		tag := f.Tag.Get("json")
		name, opts, _ := strings.Cut(tag, ",")
		if name == "-" {
			continue
		}
		if name == "" && f.Anonymous {
			ft := f.Type
			for ft.Kind() == reflect.Pointer {
				ft = ft.Elem()
			}
			if ft.Kind() == reflect.Struct && leaf[full(ft)] == "" {
				t.fields(out, ft)
				continue
			}
		}
		if !f.IsExported() {
			continue
		}
		if name == "" {
			name = f.Name
		}
		flags := ""
		for _, o := range strings.Split(opts, ",") {
			switch o {
			case "omitempty":
				flags += "o"
			case "omitzero":
				flags += "z"
			case "string":
				flags += "q"
			}
		}
		strategy := f.Tag.Get("patchStrategy")
		key := f.Tag.Get("patchMergeKey")
		fmt.Fprintf(out, "%s %s", name, t.code(f.Type))
		if flags != "" || strategy != "" {
			fmt.Fprintf(out, " %s", "-"+flags)
		}
		if strategy != "" {
			fmt.Fprintf(out, " %s", strategy)
		}
		if key != "" {
			fmt.Fprintf(out, " %s", key)
		}
		fmt.Fprintln(out)
	}
}

