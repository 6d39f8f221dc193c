// Command kube-tables extracts, as compact text, what Argo CD's diff needs to know of the Kubernetes
// API types: the Go structs (field names, kinds, omitempty, patch strategies) and the typed schema of
// structured merge diff.
//
//	kube-tables structs           from client-go's scheme, by reflection
//	kube-tables schema PARSER.GO  from the static schema compiled into gitops-engine
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	smd "sigs.k8s.io/structured-merge-diff/v6/schema"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
)

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	switch os.Args[1] {
	case "structs":
		structs(out)
	case "schema":
		typedSchema(out, os.Args[2])
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
	order []reflect.Type
}

func (t *table) id(r reflect.Type) int {
	if n, ok := t.ids[r]; ok {
		return n
	}
	n := len(t.order)
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
	case reflect.Int, reflect.Int64:
		return "l"
	case reflect.Float64:
		return "f"
	case reflect.Interface:
		return "w"
	}
	panic(r.String())
}

func short(r reflect.Type) string {
	p := strings.TrimPrefix(r.PkgPath(), "k8s.io/api/")
	p = strings.TrimPrefix(p, "k8s.io/apimachinery/pkg/apis/")
	p = strings.TrimPrefix(p, "k8s.io/apimachinery/pkg/")
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

func structs(out *bufio.Writer) {
	t := &table{ids: map[reflect.Type]int{}}
	known := scheme.Scheme.AllKnownTypes()
	gvks := make([]schema.GroupVersionKind, 0, len(known))
	for gvk := range known {
		gvks = append(gvks, gvk)
	}
	sort.Slice(gvks, func(i, j int) bool { return gvks[i].String() < gvks[j].String() })
	for _, gvk := range gvks {
		r := known[gvk]
		if leaf[full(r)] != "" {
			fmt.Fprintf(out, "K %s %s %s w\n", gvk.Group, gvk.Version, gvk.Kind)
			continue
		}
		fmt.Fprintf(out, "K %s %s %s %d\n", gvk.Group, gvk.Version, gvk.Kind, t.id(r))
	}
	for i := 0; i < len(t.order); i++ {
		fmt.Fprintf(out, "S %s\n", short(t.order[i]))
		t.fields(out, t.order[i])
	}
}

// --- typed schema -----------------------------------------------------------------------------------

func typedSchema(out *bufio.Writer, path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	_, rest, _ := strings.Cut(string(text), "typed.YAMLObject(`")
	yaml, _, _ := strings.Cut(rest, "`)")
	parser, err := typed.NewParser(typed.YAMLObject(yaml))
	if err != nil {
		panic(err)
	}
	s := parser.Schema
	index := map[string]int{}
	for i, d := range s.Types {
		index[d.Name] = i
	}
	for gvk, r := range scheme.Scheme.AllKnownTypes() {
		if gvk.Version == "__internal" || !strings.HasPrefix(r.PkgPath(), "k8s.io/api/") {
			continue
		}
		name := strings.Replace("io."+strings.ReplaceAll(r.PkgPath(), "/", ".")+"."+r.Name(), "io.k8s.io.", "io.k8s.", 1)
		if i, ok := index[name]; ok {
			kinds = append(kinds, fmt.Sprintf("K %s %s %s %d", gvk.Group, gvk.Version, gvk.Kind, i))
		}
	}
	sort.Strings(kinds)
	for _, k := range kinds {
		fmt.Fprintln(out, k)
	}
	for _, d := range s.Types {
		fmt.Fprintf(out, "T %s %s\n", d.Name, atom(d.Atom, index))
		if d.Map != nil {
			mapFields(out, d.Map, index)
		}
	}
	for i := 0; i < len(inlined); i++ {
		fmt.Fprintf(out, "T #%d %s\n", i, atom(inlined[i], index))
		if inlined[i].Map != nil {
			mapFields(out, inlined[i].Map, index)
		}
	}
}

var (
	kinds   []string
	inlined []smd.Atom
	seen    = map[string]int{}
)

func ref(r smd.TypeRef, index map[string]int) string {
	rel := ""
	if r.ElementRelationship != nil {
		rel = "!" + string(*r.ElementRelationship)[:1]
	}
	if r.NamedType != nil {
		return fmt.Sprint(index[*r.NamedType]) + rel
	}
	key := dump(r.Inlined)
	n, ok := seen[key]
	if !ok {
		n = len(inlined)
		seen[key] = n
		inlined = append(inlined, r.Inlined)
	}
	return fmt.Sprintf("#%d", n) + rel
}

// dump spells an inlined type out, as a key.
func dump(a smd.Atom) string {
	out := ""
	if a.Scalar != nil {
		out += "s:" + string(*a.Scalar)
	}
	if a.List != nil {
		out += "l:" + string(a.List.ElementRelationship) + strings.Join(a.List.Keys, ",") + dumpRef(a.List.ElementType)
	}
	if a.Map != nil {
		out += "m:" + string(a.Map.ElementRelationship) + dumpRef(a.Map.ElementType)
		for _, f := range a.Map.Fields {
			out += fmt.Sprintf("%s=%s%v;", f.Name, dumpRef(f.Type), f.Default)
		}
	}
	return "{" + out + "}"
}

func dumpRef(r smd.TypeRef) string {
	rel := ""
	if r.ElementRelationship != nil {
		rel = "!" + string(*r.ElementRelationship)
	}
	if r.NamedType != nil {
		return *r.NamedType + rel
	}
	return dump(r.Inlined) + rel
}

// atom: s:TYPE scalar, l:REL:ELEM[:KEYS] list, m:REL[:ELEM] map; several may be given. REL is a(tomic),
// x (associative), s(eparable) or -.
func atom(a smd.Atom, index map[string]int) string {
	var parts []string
	if a.Scalar != nil {
		parts = append(parts, "s:"+string(*a.Scalar))
	}
	if a.List != nil {
		p := "l:" + rel(a.List.ElementRelationship) + ":" + ref(a.List.ElementType, index)
		if len(a.List.Keys) > 0 {
			p += ":" + strings.Join(a.List.Keys, ",")
		}
		parts = append(parts, p)
	}
	if a.Map != nil {
		p := "m:" + rel(a.Map.ElementRelationship)
		if dumpRef(a.Map.ElementType) != "{}" {
			p += ":" + ref(a.Map.ElementType, index)
		}
		parts = append(parts, p)
	}
	return strings.Join(parts, " ")
}

func rel(r smd.ElementRelationship) string {
	if r == "" {
		return "-"
	}
	if r == smd.Associative {
		return "x"
	}
	return string(r)[:1]
}

func mapFields(out *bufio.Writer, m *smd.Map, index map[string]int) {
	for _, f := range m.Fields {
		fmt.Fprintf(out, "%s %s", f.Name, ref(f.Type, index))
		if f.Default != nil {
			b, _ := json.Marshal(f.Default)
			fmt.Fprintf(out, " %s", b)
		}
		fmt.Fprintln(out)
	}
}
