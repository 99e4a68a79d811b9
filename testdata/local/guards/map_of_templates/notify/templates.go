package notify

import (
	"fmt"
	"text/template"
)

var templates map[string]*template.Template

// LoadTemplates parses the texts of all mails.
func LoadTemplates(texts map[string]string) error {
	templates = make(map[string]*template.Template, len(texts))
	for name, text := range texts {
		t, err := template.New(name).Parse(text)
		if err != nil {
			return err
		}
		templates[name] = t
	}
	return nil
}

func lookup(name string) (*template.Template, error) {
	t, ok := templates[name]
	if !ok {
		return nil, fmt.Errorf("notify: no template %q", name)
	}
	return t, nil
}
