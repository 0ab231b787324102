package main

import (
	"fmt"
	"image/color"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// chart is one picture.
type chart struct {
	title, x, y string
	series      []series
}

// series are measurements of one thing. Those of the same rounds are not joined
// by a line.
type series struct {
	name    string
	xys     plotter.XYs
	scatter bool
}

func (s *series) add(x, y float64) { s.xys = append(s.xys, plotter.XY{X: x, Y: y}) }

// line has a mark for each point.
func (p points) line(name string, x, y func(point) float64) series {
	all := series{name: name}
	for _, at := range p {
		all.add(x(at), y(at))
	}
	return all
}

func claims(at point) float64 { return float64(at.Claims) }

func nodes(at point) float64 { return float64(at.Nodes) }

// charts are all pictures, by the names of their files.
func (p points) charts() map[string]chart {
	return map[string]chart{
		"memory":    p.memory(),
		"take-over": p.takeOver(),
		"rate":      p.rate(),
		"nodes":     p.nodes(),
		"churn":     p.churn(),
	}
}

func (p points) memory() chart {
	resident, heap := series{name: "resident"}, series{name: "live heap"}
	for i, at := range p.ofMostNodes() {
		if i == 0 {
			resident.add(0, at.EmptyResidentMiB)
			heap.add(0, at.EmptyHeapMiB)
		}
		resident.add(float64(at.Claims), at.ResidentMiB)
		heap.add(float64(at.Claims), at.HeapMiB)
	}
	return chart{"Memory after a full collection" + p.beside(), "claims", "MiB", []series{resident, heap}}
}

func (p points) takeOver() chart {
	most := p.ofMostNodes()
	return chart{"A restart" + p.beside(), "claims", "seconds", []series{
		most.line("CPU until calm, with the JVM's start", claims, func(at point) float64 { return at.CPUSeconds }),
		most.line("lists and take-over", claims, func(at point) float64 { return at.TakeOverSeconds }),
		most.line("the same lists by a bare client", claims, func(at point) float64 { return at.ListSeconds }),
	}}
}

func (p points) rate() chart {
	ratio := series{name: "a round", scatter: true}
	for _, at := range p.ofMostNodes() {
		for _, round := range at.Rates {
			if round.Ratio > 0 {
				ratio.add(float64(round.Present), round.Ratio)
			}
		}
	}
	return chart{"Rate by that of the floors around it" + p.beside(), "claims present", "ratio", []series{ratio}}
}

func (p points) nodes() chart {
	few := p.ofFewestClaims()
	return chart{"Operator's CPU time of a change", "nodes", "ms", []series{
		few.line("a node joins", nodes, func(at point) float64 { return at.JoinMillis }),
		few.line("another ephemeral range", nodes, func(at point) float64 { return at.RangeMillis }),
		few.line("a label that nobody reads", nodes, func(at point) float64 { return at.LabelMillis }),
	}}
}

func (p points) churn() chart {
	var all []series
	for _, at := range p {
		cores := series{name: fmt.Sprintf("%s nodes, %s claims", thousands(at.Nodes), thousands(at.Claims)), scatter: true}
		cores.add(0, at.IdleCores)
		for _, round := range at.Rates {
			if round.Present == at.Claims {
				cores.add(round.PerSecond, round.Cores)
			}
		}
		all = append(all, cores)
	}
	return chart{"Operator's CPU", "claims created a second", "cores", all}
}

func (p points) beside() string {
	most := p.ofMostNodes()
	if len(most) == 0 {
		return ""
	}
	return fmt.Sprintf(", %s nodes", thousands(most[0].Nodes))
}

// Colours that a reader who can't tell red from green can tell apart (Okabe and Ito, Color Universal Design).
var colours = []color.Color{
	color.RGBA{R: 0x00, G: 0x72, B: 0xb2, A: 0xff},
	color.RGBA{R: 0xd5, G: 0x5e, B: 0x00, A: 0xff},
	color.RGBA{R: 0x00, G: 0x9e, B: 0x73, A: 0xff},
	color.RGBA{R: 0xcc, G: 0x79, B: 0xa7, A: 0xff},
	color.RGBA{R: 0x56, G: 0xb4, B: 0xe9, A: 0xff},
}

func (c chart) save(file string) error {
	picture := plot.New()
	picture.Title.Text, picture.X.Label.Text, picture.Y.Label.Text = c.title, c.x, c.y
	picture.X.Tick.Marker, picture.Y.Tick.Marker = ticks{}, ticks{}
	picture.Legend.Top, picture.Legend.Left, picture.Legend.Padding = true, true, vg.Points(2)
	picture.Title.Padding = vg.Points(4)
	picture.Add(plotter.NewGrid())
	for i, each := range c.series {
		if err := each.addTo(picture, i); err != nil {
			return err
		}
	}
	picture.X.Min, picture.Y.Min = 0, 0
	// Room for the legend above what is drawn.
	picture.Y.Max *= 1.15 + 0.06*float64(len(c.series))
	return picture.Save(16*vg.Centimeter, 9*vg.Centimeter, file)
}

func (s series) addTo(picture *plot.Plot, i int) error {
	if len(s.xys) == 0 {
		return fmt.Errorf("%s has no measurement", s.name)
	}
	line, marks, err := plotter.NewLinePoints(s.xys)
	if err != nil {
		return err
	}
	line.Color, line.Width = colours[i%len(colours)], vg.Points(1.5)
	marks.Color, marks.Shape, marks.Radius = line.Color, draw.CircleGlyph{}, vg.Points(2.5)
	if s.scatter {
		picture.Add(marks)
		picture.Legend.Add(s.name, marks)
	} else {
		picture.Add(line, marks)
		picture.Legend.Add(s.name, line, marks)
	}
	return nil
}

// ticks have their thousands apart, and no zeros that say nothing.
type ticks struct{}

func (ticks) Ticks(min, max float64) []plot.Tick {
	marks := plot.DefaultTicks{}.Ticks(min, max)
	for i, mark := range marks {
		switch {
		case mark.Label == "":
		case math.Abs(mark.Value) >= 1000:
			marks[i].Label = thousands(int(mark.Value))
		default:
			marks[i].Label = strconv.FormatFloat(mark.Value, 'g', 4, 64)
		}
	}
	return marks
}

func thousands(number int) string {
	text := fmt.Sprint(number)
	var groups []string
	for len(text) > 3 {
		groups = append([]string{text[len(text)-3:]}, groups...)
		text = text[:len(text)-3]
	}
	return strings.Join(append([]string{text}, groups...), ",")
}
