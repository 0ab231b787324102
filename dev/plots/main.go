// Plots draws what dev/benchmark measured at several sizes; dev/plot starts it.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

const pointsFile = "points.json"

func main() {
	folder := flag.String("folder", "", "with the points, and for the plots")
	flag.Parse()
	if err := drawAll(*folder, flag.Args()); err != nil {
		fmt.Fprintf(os.Stderr, "dev/plot: %v\n", err)
		os.Exit(1)
	}
}

// drawAll adds the results to the points that are there, and draws all plots.
func drawAll(folder string, results []string) error {
	points, err := readPoints(filepath.Join(folder, pointsFile))
	if err != nil {
		return err
	}
	for _, file := range results {
		point, err := readResult(file)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		points = points.with(point)
	}
	if len(results) > 0 {
		if err := points.save(filepath.Join(folder, pointsFile)); err != nil {
			return err
		}
	}
	for name, chart := range points.charts() {
		if err := chart.save(filepath.Join(folder, name+".svg")); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
