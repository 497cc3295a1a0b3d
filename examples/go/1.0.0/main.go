// A logistic regression in a language that Sluice has no runtime for: a server that speaks the container contract.
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"log"
	"math"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

//go:embed weights.json
var trained []byte

type weights struct {
	Inputs       []string    `json:"inputs"`
	Classes      []string    `json:"classes"`
	Coefficients [][]float64 `json:"coefficients"`
	Intercepts   []float64   `json:"intercepts"`
}

type prediction struct {
	Species       string    `json:"species"`
	Probabilities []float64 `json:"probabilities"`
}

// predict is what scikit-learn does with the same numbers: a score for each class, and their softmax.
func (w weights) predict(record []float64) prediction {
	scores := make([]float64, len(w.Classes))
	best := 0
	for class, coefficients := range w.Coefficients {
		scores[class] = w.Intercepts[class]
		for input, coefficient := range coefficients {
			scores[class] += coefficient * record[input]
		}
		if scores[class] > scores[best] {
			best = class
		}
	}
	sum, most := 0.0, scores[best]
	for class := range scores {
		scores[class] = math.Exp(scores[class] - most)
		sum += scores[class]
	}
	for class := range scores {
		scores[class] /= sum
	}
	return prediction{w.Classes[best], scores}
}

func main() {
	var model weights
	if err := json.Unmarshal(trained, &model); err != nil {
		log.Fatalf("the model cannot be loaded: weights.json: %v", err)
	}

	// The router has held every request to the signature in model.yaml: what comes is {"inputs": {"name": [a value a record]}}.
	invocations := func(w http.ResponseWriter, r *http.Request) {
		var request struct {
			Inputs map[string][]float64 `json:"inputs"`
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
			return
		}
		predictions := make([]prediction, len(request.Inputs[model.Inputs[0]]))
		for i := range predictions {
			record := make([]float64, len(model.Inputs))
			for input, name := range model.Inputs {
				record[input] = request.Inputs[name][i]
			}
			predictions[i] = model.predict(record)
		}
		json.NewEncoder(w).Encode(map[string]any{"predictions": predictions})
	}

	handler := http.NewServeMux()
	handler.HandleFunc("GET /ping", func(http.ResponseWriter, *http.Request) {})
	handler.HandleFunc("POST /invocations", invocations)
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	server := &http.Server{Addr: ":" + port, Handler: handler}

	// SIGTERM: nothing new is taken, what has begun is answered.
	drained := make(chan struct{})
	go func() {
		stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer cancel()
		<-stop.Done()
		server.Shutdown(context.Background())
		close(drained)
	}()
	fmt.Println("listening on port", port)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
	<-drained
}
